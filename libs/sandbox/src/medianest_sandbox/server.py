"""Serves a sandbox: from the command line until a signal comes, or inside a test on a free port."""

import asyncio
import contextlib
import dataclasses
import logging
import signal
import socket
import threading
from collections.abc import Iterator

import uvicorn

from medianest_sandbox.app import create_app
from medianest_sandbox.connection import RudeHttpProtocol
from medianest_sandbox.settings import Settings

_START_SECONDS = 20.0
_STOP_SECONDS = 10.0


class PortTaken(RuntimeError):
    """Somebody else listens there already; the text names the address and the setting."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs this server."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End at once: whoever still waits for an answer sees the connection close."""
        logger = logging.getLogger("uvicorn.error")
        level = logger.level
        # What is cut off here is cut off on purpose; uvicorn would report each answer as an error.
        logger.setLevel(logging.CRITICAL)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await super().shutdown(sockets)
        logger.setLevel(level)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named as TCP, because asyncio turns Nagle's delay (40 ms an answer) off only where it reads that.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; "
            "choose another port with MEDIANEST_SANDBOX_PORT"
        ) from error
    return listener


def _server(settings: Settings) -> _Server:
    config = uvicorn.Config(
        create_app(settings),
        http=RudeHttpProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        server_header=False,
    )
    return _Server(config)


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; raises PortTaken when the port is not free."""
    listener = _listen(settings)
    server = _server(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, setattr, server, "should_exit", True)
    await server.serve(sockets=[listener])


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[Settings]:
    """Serve in a thread of this process while the block runs; port 0 takes a free one. Yields the settings in force."""
    listener = _listen(settings)
    settings = dataclasses.replace(settings, port=listener.getsockname()[1])
    server = _server(settings)
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[listener])), name="medianest-sandbox", daemon=True
    )
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield settings
    finally:
        server.should_exit = True
        thread.join(_STOP_SECONDS)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    for _ in range(int(_START_SECONDS / 0.02)):
        if server.started:
            return
        if not thread.is_alive():
            break
        pause.wait(0.02)
    raise RuntimeError("the sandbox did not start")
