"""What the tests of the servers share."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from medianest_devstack.ports import free_port
from medianest_devstack.servers import Servers

RunFake = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def place(devstack_folder: Path, request: pytest.FixtureRequest) -> Path:
    """A folder of the test's own that other users may pass through."""
    folder = devstack_folder / f"{request.node.originalname}-{time.monotonic_ns()}"
    folder.mkdir(mode=0o711)
    return folder


@pytest.fixture(scope="session")
def used_project(devstack_folder: Path) -> Path:
    """A project folder whose database is made: each run in it is spared a second of initdb."""
    folder = devstack_folder / "project"

    async def make() -> None:
        async with Servers(folder / ".run", fast=True):
            pass

    asyncio.run(make())
    folder.chmod(0o711)
    return folder


@pytest.fixture
def project(used_project: Path) -> Path:
    """A project folder that had runs before, and has no `.env`."""
    (used_project / ".env").unlink(missing_ok=True)
    return used_project


@pytest.fixture
def fake_run(project: Path) -> Iterator[RunFake]:
    """Starts a run with fake services in `project`; whatever is left of it is killed afterwards."""
    started: list[subprocess.Popen[str]] = []
    port = free_port()
    ports = {"MEDIANEST_PORT": str(port), "MEDIANEST_SANDBOX_PORT": str(free_port({port}))}

    def start(*options: str, **environment: str) -> "subprocess.Popen[str]":
        script = str(Path(__file__).with_name("fake_run.py"))
        environment = (
            {name: value for name, value in os.environ.items() if "MEDIANEST" not in name} | ports | environment
        )
        process = subprocess.Popen(
            [sys.executable, script, str(project), *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def processes_in(folder: Path) -> list[str]:
    """The command lines of the living processes that work in this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                here = str((entry / "cwd").readlink())
            except OSError:
                continue
            if command and (str(folder) in command or here.startswith(str(folder))):
                found.append(f"{entry.name} {command}")
    return found


def wait_until(true: Callable[[], bool], *, within: float) -> bool:
    """Poll until it is true; False when the time is over."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return true()
