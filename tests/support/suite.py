"""A whole MediaNest of its own, started as `make start` does, on free ports and in a folder that is removed."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
_START_WITHIN = 180.0


class Suite:
    def __init__(self) -> None:
        self.state = Path(tempfile.mkdtemp(prefix="medianest-suite-"))
        self.state.chmod(0o711)
        self.endpoints: dict[str, Any] = {}

    def __enter__(self) -> Self:
        ports = {"MEDIANEST_PORT": _free_port(), "MEDIANEST_SANDBOX_PORT": _free_port()}
        env = {name: value for name, value in os.environ.items() if not name.startswith("MEDIANEST_")}
        env |= {name: str(port) for name, port in ports.items()} | {"MEDIANEST_PROBE_INTERVAL": "2"}
        done = self._command("start", env)
        if done.returncode != 0:
            log = self.state / "medianest.log"
            tail = log.read_text(errors="replace")[-4000:] if log.exists() else ""
            self.__exit__()
            raise RuntimeError(f"The suite did not start: {done.stdout}{done.stderr}\n{tail}")
        self.endpoints = json.loads((self.state / "endpoints.json").read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self._command("stop", dict(os.environ))
        shutil.rmtree(self.state, ignore_errors=True)

    def _command(self, command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "medianest_devstack", "--project", str(ROOT), "--state", str(self.state), command]
        return subprocess.run(
            argv, env=env, cwd=ROOT, capture_output=True, text=True, timeout=_START_WITHIN, check=False
        )

    @property
    def gateway(self) -> str:
        return str(self.endpoints["gateway"])

    @property
    def control(self) -> str:
        return str(self.endpoints["sandbox"]["control"])

    @property
    def media(self) -> Path:
        return Path(self.endpoints["media_dir"])

    @property
    def log(self) -> str:
        return (self.state / "medianest.log").read_text(errors="replace")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
