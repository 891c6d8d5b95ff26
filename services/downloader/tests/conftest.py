"""The downloader on a real, migrated database; where it matters with the broker, the sandbox, and child processes."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from medianest_common.contracts.downloads import DownloadStatus, InPlex, ItemStatus
from medianest_common.contracts.permissions import Role
from medianest_common.db import create_engine, session_maker
from medianest_common.ids import uuid7
from medianest_common.outbox import Outbox
from medianest_common.settings import DatabaseSettings
from medianest_common.tokens import ALGORITHM, AUDIENCE, ISSUER
from medianest_devstack.templates import ServiceDatabase
from medianest_devstack.testing import Broker, DatabaseFor
from medianest_downloader.app import create_app
from medianest_downloader.models import OUTBOX, Download, DownloadItem
from medianest_downloader.repository.work import OpenWork, Work
from medianest_downloader.service.runs import Runs
from medianest_downloader.settings import ApiSettings, WorkerSettings
from medianest_sandbox.server import running
from medianest_sandbox.settings import Settings as SandboxSettings

_KEY = Ed25519PrivateKey.generate()
FAKE_CHILD = Path(__file__).with_name("fake_child.py")


def access_token(user_id: UUID, role: Role = Role.USER) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(user_id), "sid": str(uuid7()), "role": role}
    return jwt.encode(claims | {"epoch": 0, "iat": now, "exp": now + 600}, _KEY, ALGORITHM, {"kid": "test"})


def jwk() -> dict[str, str]:
    raw = base64.urlsafe_b64encode(_KEY.public_key().public_bytes_raw()).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "alg": ALGORITHM, "kid": "test", "x": raw}


@dataclass
class Rows:
    """A database, and work on it in the owner's and in the workers' role."""

    database: ServiceDatabase
    engine: AsyncEngine
    worker_engine: AsyncEngine

    def work(self) -> Work:
        return self._work(self.engine)

    def _work(self, engine: AsyncEngine) -> Work:
        return Work(session_maker(engine), lambda: Outbox(OUTBOX, "downloader"), asyncio.Event())

    def runs(self, worker_id: str = "w1", lease: float = 20.0) -> Runs:
        """A worker's steps, in the narrow role."""
        open_work: OpenWork = lambda: self._work(self.worker_engine)  # noqa: E731 - named for its type
        return Runs(open_work, worker_id=worker_id, lease=timedelta(seconds=lease), first_delay=timedelta(seconds=30))

    async def facts(self) -> list[str]:
        """Subjects in the outbox, in order."""
        async with self.work() as work:
            rows = await (await work.session.connection()).execute(OUTBOX.select().order_by(OUTBOX.c.id))
            return [row.subject for row in rows]

    async def download(self, user_id: UUID, items: int = 1, **more: Any) -> Download:
        """A listed download with queued items."""
        kind = "video" if items == 1 else "playlist"
        values: dict[str, Any] = {"kind": kind, "playlist_title": "Something", "preset": "1080p"} | more
        async with self.work() as work:
            download = Download(user_id=user_id, playlist_url="https://youtu.be/x", items_total=items, **values)
            download.listed_at = download.created_at
            work.downloads.add(download)
            await work.session.flush()
            for position in range(1, items + 1):
                work.items.add(make_item(download, position))
        return download

    async def items(self, download_id: UUID) -> list[DownloadItem]:
        async with self.work() as work:
            return list(await work.items.of_download(download_id))

    async def one(self, download_id: UUID) -> DownloadItem:
        return (await self.items(download_id))[0]

    async def read(self, download_id: UUID) -> Download | None:
        async with self.work() as work:
            return await work.downloads.get(download_id)


def make_item(download: Download, position: int = 1, **more: Any) -> DownloadItem:
    values: dict[str, Any] = {"url": f"https://youtu.be/{position:011d}", "title": f"Part {position}"} | more
    return DownloadItem(download_id=download.id, user_id=download.user_id, position=position, **values)


def _engine(url: str) -> AsyncEngine:
    return create_engine(DatabaseSettings(database_url=SecretStr(url)), application="test")


@pytest_asyncio.fixture
async def rows(database_for: DatabaseFor) -> AsyncIterator[Rows]:
    database = await database_for("downloader")
    made = Rows(database, _engine(database.url), _engine(database.guests["downloader_worker"]))
    yield made
    await made.engine.dispose()
    await made.worker_engine.dispose()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxSettings]:
    """The outside world, with the media folder that the tests fetch into."""
    media = tmp_path_factory.mktemp("media")
    with running(SandboxSettings(media=media, port=0, bytes_per_second=None, scan_seconds=0.2)) as settings:
        yield settings


@dataclass
class Suite:
    """The api role under test, called as users."""

    app: FastAPI
    http: httpx2.AsyncClient
    rows: Rows
    broker: Broker
    media: Path

    def as_user(self, user_id: UUID, role: Role = Role.USER) -> dict[str, str]:
        return {"Authorization": f"Bearer {access_token(user_id, role)}"}

    def worker_settings(self, **more: Any) -> WorkerSettings:
        values: dict[str, Any] = {
            "database_url": self.rows.database.guests["downloader_worker"],
            "nats_url": self.broker.url,
            "nats_user": "worker",
            "nats_password": self.broker.passwords.get("worker"),
            "drain_seconds": 0.2,
            "retry_seconds": 0.1,
            **fetch_settings(self.media),
        }
        return WorkerSettings(**(values | more))


def fetch_settings(media: Path) -> dict[str, Any]:
    return {
        "media_dir": media,
        "allow_private_addresses": True,
        "allowed_extractors": ("generic", "html5"),
        "min_free_bytes": 0,
    }


StartSuite = Callable[..., Awaitable[Suite]]


@pytest_asyncio.fixture
async def start_suite(rows: Rows, nats_server: Broker, sandbox: SandboxSettings) -> AsyncIterator[StartSuite]:
    """`await start_suite(command=...)` runs the api role; `command` starts its children."""
    stopping: list[Callable[[], Awaitable[None]]] = []

    async def start(**options: Any) -> Suite:
        settings = ApiSettings(
            database_url=SecretStr(rows.database.url),
            nats_url=nats_server.url,
            nats_user="downloader",
            nats_password=SecretStr(nats_server.passwords.get("downloader", "")) or None,
            **fetch_settings(sandbox.media),
        )
        app = create_app(settings, **options)
        suite = _suite(app, rows, nats_server, sandbox.media)
        opened = await suite.__aenter__()
        stopping.append(lambda: suite.__aexit__(None, None, None))  # type: ignore[arg-type,return-value]  # the end of it
        return opened

    yield start
    for stop in stopping:
        await stop()


@asynccontextmanager
async def _suite(app: FastAPI, rows: Rows, broker: Broker, media: Path) -> AsyncIterator[Suite]:
    async with app.router.lifespan_context(app):
        app.state.verifier.use_keys([jwk()])
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://downloader") as http:
            yield Suite(app, http, rows, broker, media)


async def until(check: Callable[[], Awaitable[Any]], *, seconds: float = 15.0) -> Any:
    """The first true answer; fails when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := await check():
            return found
        await asyncio.sleep(0.05)
    pytest.fail(f"it did not happen within {seconds} seconds")


__all__ = ["DownloadStatus", "InPlex", "ItemStatus", "Rows", "Suite", "access_token", "make_item", "until"]
