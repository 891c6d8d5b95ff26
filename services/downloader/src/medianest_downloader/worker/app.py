"""The composition root of the worker: an HTTP application of health and metrics, with the worker in its lifespan."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from medianest_common.contracts.downloads import ItemProgress
from medianest_common.db import create_engine, session_maker
from medianest_common.health import database_check, health_routes
from medianest_common.logging import configure_logging
from medianest_common.messaging import connect, publish_live
from medianest_common.outbox import Outbox
from medianest_common.telemetry import configure_telemetry
from medianest_downloader.fetching.process import COMMAND
from medianest_downloader.fetching.toolbox import prepare_tools, tool_versions
from medianest_downloader.models import OUTBOX
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.service.runs import Runs
from medianest_downloader.settings import WorkerSettings
from medianest_downloader.worker.bench import Bench
from medianest_downloader.worker.library import Library
from medianest_downloader.worker.worker import Worker

_log = structlog.get_logger(__name__)

_SOURCE = "downloader"  # facts are the domain's, whichever process writes them


class Host:
    """The worker with its connections, for as long as the application lives."""

    def __init__(self, settings: WorkerSettings, command: Sequence[str]) -> None:
        configure_logging(settings.service, level=settings.log_level, fmt=settings.log_format)
        self._settings = settings
        self._command = command
        self._tracer = configure_telemetry(settings.service, settings.otlp_endpoint)
        self.engine: AsyncEngine = create_engine(settings, application=settings.service)
        self._client: Client | None = None

    async def broker_check(self) -> None:
        if self._client is None or not self._client.is_connected:
            raise ConnectionError

    @asynccontextmanager
    async def running(self, _: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as ending:  # one that fails does not keep the others
            ending.callback(self._tracer.shutdown)
            ending.push_async_callback(self.engine.dispose)
            self._client = await connect(self._settings)
            ending.push_async_callback(_close, self._client)
            worker = await self._worker(self._client)
            await worker.start()
            ending.push_async_callback(worker.stop)
            yield

    async def _worker(self, client: Client) -> Worker:
        settings = self._settings
        settings.media_dir.mkdir(parents=True, exist_ok=True)
        tools = prepare_tools(settings)
        worker_id = settings.worker_id or f"{_plain(socket.gethostname())}-{os.getpid()}"

        async def send(progress: ItemProgress) -> None:
            await publish_live(client, progress)

        bench = Bench(
            settings=settings,
            runs=Runs(
                self._open_work(),
                worker_id=worker_id,
                lease=timedelta(seconds=settings.lease_seconds),
                first_delay=timedelta(seconds=settings.retry_seconds),
                layout=settings.layout,
            ),
            library=Library(settings.media_dir, settings.work_folder),
            tools=tools,
            send=send,
            command=self._command,
        )
        versions = await asyncio.to_thread(tool_versions, tools)
        return Worker(bench, client, worker_id=worker_id, versions=versions)

    def _open_work(self) -> OpenWork:
        sessions = session_maker(self.engine)
        nobody_waits = asyncio.Event()  # the api role's relay finds our facts
        return lambda: Work(sessions, lambda: Outbox(OUTBOX, _SOURCE), nobody_waits)


async def _close(client: Client) -> None:
    try:
        await client.close()
    except (NatsError, OSError) as error:  # the broker went first: there is nothing left to close
        _log.info("broker_gone", error=type(error).__name__)


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)[:40]


def create_worker(settings: WorkerSettings, command: Sequence[str] = COMMAND) -> Starlette:
    """The worker's application; `command` starts a child."""
    host = Host(settings, command)
    health = health_routes({"database": database_check(host.engine), "broker": host.broker_check})
    return Starlette(routes=health, lifespan=host.running)
