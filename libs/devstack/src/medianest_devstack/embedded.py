"""Servers in a helper process, for callers without an event loop of their own: a test session, a shell.

`python -m medianest_devstack servers` prints one line of JSON when they are ready and ends them when its standard
input is closed, which the death of the caller does too.
"""

import asyncio
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from medianest_devstack.errors import DevstackError
from medianest_devstack.files import make_state_folder
from medianest_devstack.servers import Server, Servers

_READY_WITHIN = 120.0


async def serve(only: Sequence[str], folder: Path | None) -> None:
    """Run the named servers (all, if none is named) until standard input ends or a signal comes."""
    place = folder or Path(tempfile.mkdtemp(prefix="medianest-"))
    try:
        if folder is None:
            place.chmod(0o711)
        make_state_folder(place)
        await _serve(Servers(place, fast=True), only)
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


async def _serve(servers: Servers, only: Sequence[str]) -> None:
    chosen: dict[str, Server] = {
        name: server
        for name, server in zip(("postgres", "nats", "valkey"), servers.all, strict=True)
        if name in only or not only
    }
    try:
        await asyncio.gather(*(server.start() for server in chosen.values()))
        urls = {"postgres": servers.postgres.url, "valkey": servers.valkey.url, "nats": servers.nats.url}
        answer: dict[str, object] = {name: urls[name] for name in chosen}
        if "nats" in chosen:
            answer["nats_passwords"] = servers.nats.passwords
        print(json.dumps(answer), flush=True)
        await _until_told()
    finally:
        await asyncio.gather(*(server.stop() for server in chosen.values()))


async def _until_told() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told.set)

    def read_to_the_end() -> None:
        while os.read(0, 4096):
            pass
        with suppress(RuntimeError):  # the loop may be over by then
            loop.call_soon_threadsafe(told.set)

    # A thread, since an event loop cannot wait for every kind of standard input; a daemon, since it may wait for ever.
    threading.Thread(target=read_to_the_end, daemon=True).start()
    await told.wait()


class HelperProcess:
    """The helper process, held by a caller that need not be asynchronous."""

    def __init__(self, *only: str) -> None:
        """Start it and wait; raise DevstackError with its own sentence when the servers do not start."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "medianest_devstack", "servers", *only],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the caller, who closes our input when it is done
        )
        try:
            self.answer: dict[str, object] = json.loads(self._first_line())
        except ValueError as error:
            self._process.kill()
            _, problem = self._process.communicate(timeout=10)
            raise DevstackError(problem.strip() or "The servers did not start in time.") from error

    def stop(self) -> None:
        """End the servers and wait for it."""
        if self._process.poll() is None and self._process.stdin is not None:
            self._process.stdin.close()
            try:
                self._process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(timeout=10)
        for pipe in (self._process.stdout, self._process.stderr):
            _close(pipe)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _first_line(self) -> str:
        output = self._process.stdout
        if output is None:
            return ""
        deadline = time.monotonic() + _READY_WITHIN
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            ready = selector.select(timeout=deadline - time.monotonic())
        return output.readline() if ready else ""


def _close(pipe: IO[str] | None) -> None:
    if pipe is not None:
        pipe.close()
