"""A whole MediaNest of its own, started as `make start` does, on free ports and in a folder that is removed.

`MEDIANEST_TEST_SUITE=<its state folder>` takes one that runs already, and leaves it running.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

import asyncpg
from redis.asyncio import Redis

ROOT = Path(__file__).parents[2]
_START_WITHIN = 180.0
_STOP_WITHIN = 90.0
_given: set[int] = set()


class Suite:
    """`handed_out` holds every secret that people of the tests were given: cookies, tokens, codes."""

    def __init__(self) -> None:
        given = os.environ.get("MEDIANEST_TEST_SUITE")
        self._is_ours = given is None
        self.state = Path(given or tempfile.mkdtemp(prefix="medianest-suite-"))
        self.handed_out: set[str] = set()
        self.endpoints: dict[str, Any] = {}

    def __enter__(self) -> Self:
        if self._is_ours:
            self._guard = self._guarded()
            self._start()
        self.endpoints = self.look()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Stop what was started here; once is enough."""
        if self._is_ours and self._guard.returncode is None:
            self._guard.communicate(timeout=_STOP_WITHIN)

    def look(self) -> dict[str, Any]:
        """Everything as it is now: a process that was started again has another id."""
        described: dict[str, Any] = json.loads((self.state / "endpoints.json").read_text())
        return described

    def pid(self, process: str) -> int:
        return int(self.look()["pids"][process])

    def environment(self, process: str) -> dict[str, str]:
        """The settings a process of the suite was started with."""
        entries = Path(f"/proc/{self.pid(process)}/environ").read_bytes().decode().split("\0")
        return dict(entry.partition("=")[::2] for entry in entries if entry)

    async def rows(self, service: str, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Run one statement in a service's own database: what only time, or an operator, could do."""
        connection = await asyncpg.connect(self.endpoints["postgres"]["databases"][service])
        try:
            return [dict(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    async def an_hour_passes(self) -> None:
        """For the limits: every call so far is forgotten."""
        client = Redis.from_url(self.endpoints["valkey"]["url"], socket_timeout=5)
        try:
            async for key in client.scan_iter("rate:*", count=1000):
                await client.delete(key)
        finally:
            await client.aclose()

    async def nobody_has_been_here_long(self) -> None:
        """For what asks for a fresh sign-in: a slow machine must not make the run's first sessions stale."""
        statement = "update sessions set created_at = now() where created_at < now() - interval '15 minutes'"
        await self.rows("auth", statement)

    @property
    def secrets(self) -> dict[str, str]:
        """What the suite made for itself at its first start."""
        made: dict[str, str] = json.loads((self.state / "secrets.json").read_text())
        return made

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
        return "".join(file.read_text(errors="replace") for file in sorted(self.state.glob("*.log*"), reverse=True))

    def _start(self) -> None:
        self.state.chmod(0o711)
        ports = {"MEDIANEST_PORT": free_port(), "MEDIANEST_SANDBOX_PORT": free_port()}
        env = {name: value for name, value in os.environ.items() if not name.startswith("MEDIANEST_")}
        env |= {name: str(port) for name, port in ports.items()} | {"MEDIANEST_PROBE_INTERVAL": "2"}
        done = subprocess.run(
            [*self._program, "start"],
            env=env, cwd=ROOT, capture_output=True, text=True, timeout=_START_WITHIN, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            log = self.state / "medianest.log"
            tail = log.read_text(errors="replace")[-4000:] if log.exists() else ""
            self.end()
            raise RuntimeError(f"The suite did not start: {done.stdout}{done.stderr}\n{tail}")

    @property
    def _program(self) -> list[str]:
        return [sys.executable, "-m", "medianest_devstack", "--project", str(ROOT), "--state", str(self.state)]

    def _guarded(self) -> "subprocess.Popen[bytes]":
        """A process that ends the suite once this one lets go of it, or is gone."""
        script = 'cat; "$@"; rm -rf "$0"'
        return subprocess.Popen(
            ["sh", "-c", script, str(self.state), *self._program, "stop"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip


def free_port() -> int:
    """A port that is free now, and was not given to anybody here before."""
    while True:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
        if port not in _given:
            _given.add(port)
            return port
