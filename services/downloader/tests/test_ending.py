"""How both roles end when the broker has gone before them."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from opentelemetry.sdk.trace import SpanProcessor
from starlette.applications import Starlette

from medianest_devstack.testing import Broker
from medianest_downloader.worker.app import Host

from .conftest import FAKE_CHILD, Rows, StartSuite, _app


class Cable:
    """A connection to the broker that can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._to = host, port
        self._ends: list[asyncio.StreamWriter] = []

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._to)
        self._ends += [writer, far_writer]
        with suppress(OSError):
            await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))

    def cut(self) -> None:
        for end in self._ends:
            end.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def cable_to(url: str) -> AsyncIterator[tuple[Cable, str]]:
    parts = urlsplit(url)
    cable = Cable(parts.hostname or "", parts.port or 0)
    server = await asyncio.start_server(cable.join, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield cable, f"nats://127.0.0.1:{port}"
    finally:
        server.close()
        cable.cut()


class Ended(SpanProcessor):
    """Notes that the tracer was shut down."""

    done = False

    def shutdown(self) -> None:
        self.done = True


async def test_of_the_api_role_everything_else_is_ended_too(rows: Rows, nats_server: Broker, tmp_path: Path) -> None:
    async with cable_to(nats_server.url) as (cable, url):
        app = _app(rows, tmp_path, nats_server, {"nats_url": url})
        runtime, ended = app.state.parts.runtime, Ended()
        runtime.tracer.add_span_processor(ended)
        async with app.router.lifespan_context(app):
            pool = runtime.engine.pool
            cable.cut()
            await asyncio.sleep(0)
        assert ended.done
        assert runtime.client.is_closed
        assert runtime.engine.pool is not pool  # disposed of


async def test_of_a_worker_everything_else_is_ended_too(start_suite: StartSuite) -> None:
    suite = await start_suite()
    assert suite.broker is not None
    async with cable_to(suite.broker.url) as (cable, url):
        host = Host(suite.worker_settings(nats_url=url), (sys.executable, "-I", str(FAKE_CHILD)))
        ended = Ended()
        host._tracer.add_span_processor(ended)
        async with host.running(Starlette()):
            pool = host.engine.pool
            cable.cut()
            await asyncio.sleep(0)
        assert ended.done
        assert host.engine.pool is not pool  # disposed of
