"""`start` and `stop` without a terminal, and what `ps` shows."""

import subprocess
import sys
from pathlib import Path

import pytest

from medianest_devstack import processes
from medianest_devstack.background import LOG, start, stop
from medianest_devstack.console import Console, RotatingStream
from medianest_devstack.errors import DevstackError

from .conftest import processes_in


class TestStart:
    def test_hands_on_what_kept_the_run_from_beginning(self, place: Path) -> None:
        (place / ".env").write_text("MEDIANEST_PORT=eighty\n")
        with pytest.raises(DevstackError, match=r"^MEDIANEST_PORT in \.env is not usable"):
            start(place, place / ".run")
        assert processes_in(place) == []


class TestStop:
    def test_says_so_when_nothing_runs(self, place: Path) -> None:
        assert stop(place / ".run") == "MediaNest does not run from this folder."


class TestTable:
    def test_counts_what_a_process_started_and_leaves_servers_out_of_the_sum(self) -> None:
        code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as parent:
            assert parent.stdout is not None
            parent.stdout.readline()
            alone = processes.memory(parent.pid).pss
            entry = {"pid": parent.pid, "state": "ready", "restarts": 2}
            shown = processes.table(
                {"processes": {"auth": entry | {"kind": "service"}, "nats": entry | {"kind": "server"}}}
            )
            parent.communicate("\n")
        rows = {line.split()[0]: line.split() for line in shown.splitlines()}
        assert float(rows["auth"][5]) * 1024 > alone * 1.3
        assert rows["services"][2] == rows["auth"][5]

    def test_has_a_line_for_a_process_that_is_gone(self) -> None:
        gone = {"pid": None, "state": "restarting", "restarts": 3, "kind": "service"}
        assert "restarting" in processes.table({"processes": {"auth": gone}})


class TestRotatingStream:
    def test_keeps_the_log_within_bounds(self, tmp_path: Path) -> None:
        console = Console(RotatingStream(tmp_path / LOG, limit=10_000))
        for number in range(1000):
            console.line("auth", f"line {number} " + "x" * 50)
        sizes = [file.stat().st_size for file in tmp_path.iterdir()]
        assert len(sizes) == 2
        assert max(sizes) < 11_000
        assert "line 999 " in (tmp_path / LOG).read_text()
