"""Child processes: their lines, their end, and what they leave behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medianest_devstack.child import Child, Command
from medianest_devstack.errors import DevstackError

from .conftest import wait_until


def command(code: str, *, grace: float = 2.0) -> Command:
    return Command(name="child", argv=[sys.executable, "-c", code], env={}, cwd=Path("/"), grace=grace)


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


class TestLines:
    async def test_come_with_the_name_and_without_an_end_of_line(self) -> None:
        seen: list[tuple[str, str]] = []
        child = await Child.spawn(command("print('one'); print('two', end='')"), lambda *line: seen.append(line))
        await child.wait()
        assert seen == [("child", "one"), ("child", "two")]

    async def test_go_on_after_one_that_is_too_long(self) -> None:
        seen: list[str] = []
        code = "import sys; sys.stdout.write('x' * 1_000_000 + chr(10) + 'after' + chr(10))"
        await (await Child.spawn(command(code), lambda _, line: seen.append(line))).wait()
        assert seen[-1] == "after"
        assert sum(map(len, seen)) == 1_000_005

    async def test_are_kept_for_the_message_about_the_end(self) -> None:
        child = await Child.spawn(command("print('why'); print(); raise SystemExit(3)"))
        assert (await child.wait(), child.last_line()) == (3, "why")

    async def test_are_told_by_their_exception_rather_than_by_what_came_after(self) -> None:
        code = "import traceback\ntry: 1 / 0\nexcept Exception: traceback.print_exc()\nprint('Exiting.')"
        child = await Child.spawn(command(code))
        await child.wait()
        assert child.last_line() == "ZeroDivisionError: division by zero"

    async def test_do_not_wait_for_a_grandchild_that_holds_the_pipe(self) -> None:
        code = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"
        child = await Child.spawn(command(code))
        began = time.monotonic()
        await child.wait()
        assert time.monotonic() - began < 5
        await child.stop()
        assert wait_until(lambda: not alive(int(child.tail[0])), within=5)


class TestStop:
    async def test_asks_first(self) -> None:
        code = "import signal, time; signal.signal(15, lambda *_: exit(0)); print('up', flush=True); time.sleep(60)"
        child = await Child.spawn(command(code))
        while not child.tail:
            await asyncio.sleep(0.01)
        assert await child.stop() == 0

    async def test_kills_what_does_not_listen(self) -> None:
        code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
        child = await Child.spawn(command(code, grace=0.2))
        while not child.tail:
            await asyncio.sleep(0.01)
        assert await child.stop() == -signal.SIGKILL

    async def test_may_be_repeated(self) -> None:
        child = await Child.spawn(command("pass"))
        await child.wait()
        assert (await child.stop(), await child.stop()) == (0, 0)


class TestSpawn:
    async def test_says_what_could_not_be_started(self) -> None:
        with pytest.raises(DevstackError, match="child could not be started: No such file"):
            await Child.spawn(Command(name="child", argv=["/nowhere/program"], env={}, cwd=Path("/")))

    def test_dies_with_its_parent(self, tmp_path: Path) -> None:
        script = tmp_path / "parent.py"
        script.write_text(
            "import asyncio, sys\nfrom pathlib import Path\n"
            "from medianest_devstack.child import Child, Command\n"
            "async def main():\n"
            "    child = await Child.spawn(Command(name='c', argv=['sleep', '60'], env={}, cwd=Path('/')))\n"
            "    print(child.pid, flush=True)\n    await asyncio.sleep(60)\n"
            "asyncio.run(main())\n"
        )
        parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait(timeout=5)
        parent.stdout.close()
        assert wait_until(lambda: not alive(pid), within=5)
