"""Whole runs, with the real servers and fake services: good ends, bad ends, and bad beginnings."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from medianest_devstack.errors import DevstackError
from medianest_devstack.lock import holder
from medianest_devstack.ports import free_port
from medianest_devstack.runner import require_space

from .conftest import RunFake, processes_in, wait_until

_NAMESPACE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
_MOUNT = "mount -t tmpfs -o size=20m,mode=711 none"


def _may_mount(place: Path) -> bool:
    tried = subprocess.run(
        [*_NAMESPACE, "sh", "-ec", f"{_MOUNT} {place}"], capture_output=True, check=False, timeout=10
    )
    return tried.returncode == 0


def ready(process: "subprocess.Popen[str]") -> None:
    """Read what the run says until it is ready."""
    assert process.stdout is not None
    for line in process.stdout:
        if "is ready after" in line:
            return
    pytest.fail(f"the run ended before it was ready: {process.communicate()[1]}")


def described(place: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((place / ".run" / "endpoints.json").read_text())
    return answer


def failing(process: "subprocess.Popen[str]") -> str:
    """The only sentence of a run that could not begin."""
    _, problem = process.communicate(timeout=30)
    assert process.returncode == 1
    assert len(problem.strip().splitlines()) == 1, problem
    return problem


class TestRun:
    def test_describes_itself_for_other_programs_only(self, project: Path, fake_run: RunFake) -> None:
        process = fake_run()
        ready(process)
        wait_until(lambda: described(project)["state"] == "ready", within=10)
        answer = described(project)
        assert (project / ".run" / "endpoints.json").stat().st_mode & 0o777 == 0o600
        assert answer["pids"]["runner"] == process.pid
        assert set(answer["nats"]["accounts"]) >= {"auth", "worker", "provisioner", "subscriber"}
        assert set(answer["services"]) == {"auth", "requests", "downloader", "status"}
        assert {"plex", "overseerr", "uptime_kuma", "video", "plextv", "control"} <= set(answer["sandbox"])
        assert {name: p["state"] for name, p in answer["processes"].items()} == dict.fromkeys(
            answer["processes"], "ready"
        )

    def test_keeps_its_set_up_code_out_of_what_may_be_a_log(self, project: Path, fake_run: RunFake) -> None:
        process = fake_run()
        ready(process)
        code = (project / ".run" / "setup-code").read_text().strip()
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
        assert code not in said
        assert (project / ".run" / "setup-code").stat().st_mode & 0o777 == 0o600

    def test_keeps_its_description_current(self, project: Path, fake_run: RunFake) -> None:
        ready(fake_run())
        before = described(project)["pids"]["requests"]
        os.kill(before, signal.SIGKILL)
        assert wait_until(lambda: described(project)["processes"]["requests"]["restarts"] == 1, within=15)
        assert wait_until(lambda: described(project)["processes"]["requests"]["state"] == "ready", within=15)
        assert described(project)["pids"]["requests"] not in (before, None)

    def test_keeps_secrets_private_and_the_same(self, project: Path, fake_run: RunFake) -> None:
        secrets = []
        for _ in range(2):
            process = fake_run()
            ready(process)
            assert (project / ".run" / "secrets.json").stat().st_mode & 0o777 == 0o600
            secrets.append((project / ".run" / "secrets.json").read_text())
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
        assert secrets[0] == secrets[1]


class TestEnd:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_by_a_signal_is_clean(self, project: Path, fake_run: RunFake, number: signal.Signals) -> None:
        process = fake_run()
        ready(process)
        process.send_signal(number)
        assert process.wait(timeout=30) == 0
        assert processes_in(project) == []
        assert not (project / ".run" / "endpoints.json").exists()

    def test_before_it_is_ready_is_clean(self, project: Path, fake_run: RunFake) -> None:
        process = fake_run("--ready-after", "60")
        assert wait_until(lambda: len(processes_in(project / ".run")) >= 3, within=30)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert processes_in(project) == []

    def test_by_kill_leaves_no_process_of_ours(self, project: Path, fake_run: RunFake) -> None:
        process = fake_run()
        ready(process)
        grandchild = (project / ".run" / "grandchild").read_text()
        process.kill()
        process.wait(timeout=5)

        def ours() -> list[str]:
            return [line for line in processes_in(project) if not line.startswith(f"{grandchild} ")]

        assert wait_until(lambda: ours() == [], within=5), ours()
        # What a service starts is that service's to guard; here nobody does.
        os.kill(int(grandchild), signal.SIGKILL)

    def test_comes_with_the_end_of_a_server(self, project: Path, fake_run: RunFake) -> None:
        process = fake_run()
        ready(process)
        os.kill(described(project)["pids"]["nats"], signal.SIGKILL)
        assert "NATS ended with exit code -9 while the suite was running" in failing(process)
        assert processes_in(project) == []

    def test_after_a_kill_the_next_run_finds_its_data(self, project: Path, fake_run: RunFake) -> None:
        first = fake_run()
        ready(first)
        first.kill()
        first.wait(timeout=5)
        os.kill(int((project / ".run" / "grandchild").read_text()), signal.SIGKILL)
        ready(fake_run())


class TestBeginning:
    def test_a_second_run_is_refused(self, project: Path, fake_run: RunFake) -> None:
        first = fake_run()
        ready(first)
        assert f"already runs from this folder (process {first.pid})" in failing(fake_run())
        assert first.poll() is None

    def test_a_broken_setting_is_named(self, project: Path, fake_run: RunFake) -> None:
        (project / ".env").write_text("MEDIANEST_LOG_LEVEL=loud\n")
        assert failing(fake_run()).startswith("MEDIANEST_LOG_LEVEL in .env is not usable")
        assert processes_in(project) == []

    def test_a_port_in_use_is_named(self, project: Path, fake_run: RunFake) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = str(other.getsockname()[1])
            problem = failing(fake_run(MEDIANEST_PORT=port))
        assert port in problem
        assert "MEDIANEST_PORT" in problem
        assert processes_in(project) == []

    def test_one_port_for_two_is_named(self, project: Path, fake_run: RunFake) -> None:
        port = str(free_port())
        problem = failing(fake_run(MEDIANEST_PORT=port, MEDIANEST_NATS_PORT=port))
        assert problem == f"MEDIANEST_PORT and MEDIANEST_NATS_PORT are both {port}: give each a port of its own.\n"
        assert processes_in(project) == []

    @pytest.mark.parametrize("place", ["/proc/none", "/dev/null", "/proc"])
    def test_a_media_folder_that_cannot_be_is_named(self, project: Path, fake_run: RunFake, place: str) -> None:
        problem = failing(fake_run(MEDIANEST_MEDIA_DIR=place))
        assert problem.startswith(f"{place} cannot hold the videos (")
        assert processes_in(project) == []

    def test_a_service_that_does_not_start_is_named(self, project: Path, fake_run: RunFake) -> None:
        problem = failing(fake_run("--fail", "no luck today"))
        assert problem.startswith("The service requests ended with exit code 1 before it was ready: no luck today")
        assert processes_in(project) == []
        assert holder(project / ".run" / "lock") is None

    def test_a_server_that_does_not_start_is_named(self, project: Path, fake_run: RunFake) -> None:
        problem = failing(fake_run(MEDIANEST_NATS_BIN="/bin/false"))
        assert problem.startswith("NATS ended with exit code 1")
        assert processes_in(project) == []

    def test_a_full_disk_is_named(self, place: Path) -> None:
        """In a file system of 20 MiB, where there is room to begin but not to make a database."""
        if not _may_mount(place):
            pytest.skip("this machine does not let tests have a file system of their own")
        script, port = Path(__file__).with_name("fake_run.py"), free_port()
        ran = subprocess.run(
            [*_NAMESPACE, "sh", "-ec", f"{_MOUNT} {place}; exec {sys.executable} {script} {place} --no-check"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={
                "PATH": os.environ["PATH"],
                "MEDIANEST_PORT": str(port),
                "MEDIANEST_SANDBOX_PORT": str(free_port({port})),
            },
        )
        assert ran.returncode == 1
        assert ran.stderr.startswith("No space is left on the disk"), ran.stderr
        assert len(ran.stderr.strip().splitlines()) == 1

    def test_too_little_room_is_noticed_at_once(self) -> None:
        began = time.monotonic()
        with pytest.raises(DevstackError, match="MiB are free on the disk"):
            require_space(Path("/proc"))
        assert time.monotonic() - began < 1
