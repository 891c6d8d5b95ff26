"""The downloader on a real, migrated database; where it matters with the broker, the sandbox, and child processes."""

import asyncio
import base64
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
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
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

from medianest_common.contracts.auth import NoteAction
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.streams import AUDIT_COMMANDS
from medianest_common.db import create_engine, session_maker
from medianest_common.ids import uuid7
from medianest_common.outbox import Outbox
from medianest_common.settings import DatabaseSettings
from medianest_common.tokens import ALGORITHM, AUDIENCE, ISSUER
from medianest_devstack import media_tools
from medianest_devstack.templates import ServiceDatabase, Templates, empty
from medianest_devstack.testing import Broker
from medianest_downloader.app import Parts, create_app
from medianest_downloader.domain.naming import Layout
from medianest_downloader.models import METADATA, OUTBOX, Download, DownloadItem
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

    def runs(self, worker_id: str = "w1", lease: float = 20.0, layout: Layout = Layout.VIDEOS) -> Runs:
        """A worker's steps, in the narrow role."""
        open_work: OpenWork = lambda: self._work(self.worker_engine)  # noqa: E731 - named for its type
        return Runs(
            open_work,
            worker_id=worker_id,
            lease=timedelta(seconds=lease),
            first_delay=timedelta(seconds=30),
            layout=layout,
        )

    async def facts(self) -> list[str]:
        """Subjects in the outbox, in order."""
        async with self.work() as work:
            rows = await (await work.session.connection()).execute(OUTBOX.select().order_by(OUTBOX.c.id))
            return [row.subject for row in rows]

    async def noted(self) -> list[tuple[str, str | None, str | None]]:
        """What the audit log is told: actions, of what, from where."""
        async with self.work() as work:
            rows = await (await work.session.connection()).execute(OUTBOX.select().order_by(OUTBOX.c.id))
            told = [NoteAction.model_validate_json(row.payload) for row in rows if row.stream == AUDIT_COMMANDS.name]
        return [(note.action, note.target, note.address) for note in told]

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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def session_rows(database_templates: Templates) -> AsyncIterator[Rows]:
    """One migrated database for all tests of this folder."""
    database = await database_templates.copy("downloader")
    made = Rows(database, _engine(database.url), _engine(database.guests["downloader_worker"]))
    yield made
    await made.engine.dispose()
    await made.worker_engine.dispose()
    await database_templates.drop(database)


@pytest_asyncio.fixture
async def rows(session_rows: Rows) -> Rows:
    """The database, with nothing in it."""
    await empty(session_rows.engine, METADATA)
    return session_rows


@pytest.fixture
def user() -> UUID:
    """Somebody new."""
    return uuid7()


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
    media: Path
    broker: Broker | None = None

    @property
    def parts(self) -> Parts:
        parts: Parts = self.app.state.parts
        return parts

    def as_user(self, user_id: UUID, role: Role = Role.USER) -> dict[str, str]:
        return {"Authorization": f"Bearer {access_token(user_id, role)}"}

    def url_for(self, user: str) -> str:
        """The broker, as one of its users."""
        assert self.broker is not None
        return self.broker.url_for(user)

    def worker_settings(self, **more: Any) -> WorkerSettings:
        values: dict[str, Any] = {
            "database_url": self.rows.database.guests["downloader_worker"],
            **_broker_settings(self.broker, "worker"),
            "drain_seconds": 0.2,
            "retry_seconds": 0.1,
            **fetch_settings(self.media),
        }
        return WorkerSettings(**(values | more))


def _broker_settings(broker: Broker | None, user: str) -> dict[str, Any]:
    if broker is None:
        return {}
    return {"nats_url": broker.url, "nats_user": user, "nats_password": broker.passwords.get(user)}


def fetch_settings(media: Path) -> dict[str, Any]:
    return {
        "media_dir": media,
        "allow_private_addresses": True,
        "allowed_extractors": ("generic", "html5"),
        "min_free_bytes": 0,
        "ffmpeg": media_tools.find("ffmpeg"),
        "ffprobe": media_tools.find("ffprobe"),
    }


def _app(rows: Rows, media: Path, broker: Broker | None, more: dict[str, Any] | None = None, **options: Any) -> FastAPI:
    values = _broker_settings(broker, "downloader") | fetch_settings(media) | (more or {})
    settings = ApiSettings(database_url=SecretStr(rows.database.url), **values)
    app = create_app(settings, **options)
    app.state.verifier.use_keys([jwk()])
    return app


def _client(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://downloader")


@pytest_asyncio.fixture
async def suite(rows: Rows, tmp_path: Path) -> AsyncIterator[Suite]:
    """The api role with its database alone: nothing runs in the background, `parts` does it by hand."""
    app = _app(rows, tmp_path, None, command=(sys.executable, "-I", str(FAKE_CHILD)))
    async with _client(app) as http:
        yield Suite(app, http, rows, tmp_path)
    await app.state.parts.close()
    await app.state.parts.runtime.engine.dispose()


StartSuite = Callable[..., Awaitable[Suite]]


@pytest_asyncio.fixture
async def start_suite(rows: Rows, nats_server: Broker, sandbox: SandboxSettings) -> AsyncIterator[StartSuite]:
    """`await start_suite(command=...)` runs the api role whole; `command` starts its children, `more` are settings."""
    async with AsyncExitStack() as running_suites:

        async def start(**options: Any) -> Suite:
            app = _app(rows, sandbox.media, nats_server, **options)
            await running_suites.enter_async_context(app.router.lifespan_context(app))
            http = await running_suites.enter_async_context(_client(app))
            return Suite(app, http, rows, sandbox.media, nats_server)

        yield start


@contextmanager
def meanwhile(engine: AsyncEngine, words: str, act: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Act (in a transaction of its own) right after the first statement that has these words; fails if none has."""
    acted = False

    def after(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        nonlocal acted
        if not acted and words in statement.lower():
            acted = True
            await_only(act())

    event.listen(engine.sync_engine, "after_cursor_execute", after)
    yield
    event.remove(engine.sync_engine, "after_cursor_execute", after)
    assert acted


async def until(check: Callable[[], Awaitable[Any]], *, seconds: float = 25.0) -> Any:
    """The first true answer; fails when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := await check():
            return found
        await asyncio.sleep(0.05)
    pytest.fail(f"it did not happen within {seconds} seconds")
