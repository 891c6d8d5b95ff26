"""The parent's side of a yt-dlp child: start it with nothing of ours in its environment, hear it, lead it, end it."""

import asyncio
import json
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from medianest_downloader.domain.failures import CRASHED, OUT_OF_MEMORY, Reason, Trouble, classify
from medianest_downloader.fetching.channel import LONGEST_LINE

COMMAND = (sys.executable, "-I", "-m", "medianest_downloader.child")
_GRACE = 1.0  # between asking and killing: a cancel is done in under three seconds
_LAST_WORDS = 0.5  # what it wrote before its end may still be in the pipe
_LOG_BYTES = 8 * 1024
_MOST_GARBAGE = 1000
_OUT_OF_MEMORY_CODES = frozenset({-signal.SIGKILL, 137})


class ChildBroken(Exception):
    """The child failed: it said why, ended without a word, or said what no child of ours says."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def environment(folder: Path) -> dict[str, str]:
    """All a child gets to see of ours."""
    return {
        "PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "XDG_CACHE_HOME": str(folder),
        "LANG": "C.UTF-8",
        "YTDLP_NO_PLUGINS": "1",
        "DENO_NO_UPDATE_CHECK": "1",
    }


@dataclass
class Child:
    """One running child. Leave the `async with` and its whole process group is gone."""

    job: Mapping[str, Any]
    folder: Path
    command: Sequence[str] = COMMAND

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.folder,
            env=environment(self.folder),
            limit=LONGEST_LINE,
            start_new_session=True,
        )
        self._log: deque[bytes] = deque()
        self._listening = asyncio.create_task(self._keep_log())
        self._ending = False
        await self.tell(self.job)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.shield(self.end())

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        """The end of what it wrote to standard error."""
        return b"".join(self._log)[-_LOG_BYTES:].decode(errors="replace")

    async def tell(self, line: Mapping[str, Any]) -> None:
        """Send one line; a child that has ended hears nothing, and its end is seen elsewhere."""
        if self._process.stdin is None:
            return
        with suppress(ConnectionError, RuntimeError):  # uvloop's word for a pipe that it has seen closing
            self._process.stdin.write(json.dumps(dict(line)).encode() + b"\n")
            await self._process.stdin.drain()

    async def events(self) -> AsyncGenerator[dict[str, Any], None]:
        """What it says until it ends; raises ChildBroken for a flood, an endless line, or a bad end."""
        garbage = 0
        while line := await self._line():
            event = _parse(line)
            if event is not None:
                yield event
            else:
                garbage += 1
                if garbage > _MOST_GARBAGE:
                    raise ChildBroken(CRASHED)
        code = await self._process.wait()
        if code != 0:
            raise ChildBroken(OUT_OF_MEMORY if code in _OUT_OF_MEMORY_CODES and not self._ending else CRASHED)

    async def _line(self) -> bytes:
        if self._process.stdout is None:
            return b""
        try:
            return await self._process.stdout.readline()
        except ValueError:
            raise ChildBroken(CRASHED) from None

    async def end(self) -> None:
        """Ask the group to stop, then kill what is left of it; returns when the child is reaped."""
        self._ending = True
        if self._process.returncode is None:
            self._signal(signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), _GRACE)
        self._signal(signal.SIGKILL)  # ffmpeg may outlive the child it served
        await self._process.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._listening, _LAST_WORDS)
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _keep_log(self) -> None:
        kept = 0
        while self._process.stderr is not None and (chunk := await self._process.stderr.read(4096)):
            self._log.append(chunk)
            kept += len(chunk)
            while kept - len(self._log[0]) >= _LOG_BYTES:
                kept -= len(self._log.popleft())


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("e"), str) else None


def reason_of(event: Mapping[str, Any]) -> Reason:
    """The reason in a `failed` event."""
    status, number = event.get("status"), event.get("errno")
    return classify(
        Trouble(
            error=str(event.get("error")),
            text=str(event.get("text")),
            status=status if isinstance(status, int) else None,
            errno=number if isinstance(number, int) else None,
            blocked=bool(event.get("blocked")),
        )
    )
