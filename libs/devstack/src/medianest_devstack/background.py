"""`make start` and `make stop`: a run without a terminal."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from medianest_devstack import endpoints
from medianest_devstack.errors import DevstackError
from medianest_devstack.files import make_state_folder
from medianest_devstack.lock import AlreadyRunningError, holder

LOG = "medianest.log"

_READY_WITHIN = 600.0  # the first time it builds the web client
_STOPPED_WITHIN = 60.0
_POLL = 0.1


def start(project: Path, state: Path) -> str:
    """Start a run that outlives this process, wait until it is ready, and say where it is."""
    make_state_folder(state)
    if pid := holder(state / "lock"):
        raise AlreadyRunningError(f"MediaNest already runs from this folder (process {pid}): end it with `make stop`.")
    command = [sys.executable, "-m", "medianest_devstack", "--project", str(project), "--state", str(state), "run"]
    process = subprocess.Popen(
        [*command, "--background"],
        cwd=project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        described = _wait_until_ready(process, state)
    except BaseException:
        process.terminate()
        process.wait(timeout=_STOPPED_WITHIN)
        raise
    return f"MediaNest runs at {described['public_url']} (process {process.pid}); its log is {state / LOG}."


def _wait_until_ready(process: "subprocess.Popen[bytes]", state: Path) -> dict[str, str]:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = process.stderr.read().decode(errors="replace").strip() if process.stderr else ""
            raise DevstackError(said or f"The run ended with exit code {process.returncode}: see {state / LOG}.")
        described = endpoints.read(state)
        if described.get("state") == "ready" and described["pids"]["runner"] == process.pid:
            return described
        time.sleep(_POLL)
    raise DevstackError(f"The run was not ready within {_READY_WITHIN:.0f} s: see {state / LOG}.")


def stop(state: Path) -> str:
    """End the run of this folder, wherever it was started, and wait until nothing of it is left."""
    pid = holder(state / "lock")
    if pid is None:
        return "MediaNest does not run from this folder."
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOPPED_WITHIN
    while holder(state / "lock") == pid:
        if time.monotonic() > deadline:
            raise DevstackError(f"The run (process {pid}) did not end within {_STOPPED_WITHIN:.0f} s.")
        time.sleep(_POLL)
    return "MediaNest has ended."
