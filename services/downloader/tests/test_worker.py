"""The worker as a whole: it keeps its orders, drains, goes on where another stopped, sweeps, outlives its children."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import nats
from nats.aio.client import Client
from nats.js.api import ConsumerConfig

from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.downloads import ItemStatus, RunItem
from medianest_common.contracts.streams import DOWNLOAD_COMMANDS, run_item_durable
from medianest_common.http import tls
from medianest_common.ids import uuid7
from medianest_devstack.testing import Broker
from medianest_downloader.domain.failures import REASONS
from medianest_downloader.models import KnownUser
from medianest_downloader.worker.orders import Orders
from medianest_downloader.worker.worker import Worker
from medianest_sandbox.settings import Settings as SandboxSettings

from .conftest import StartSuite, Suite, until
from .test_item_run import MakeStage, Stage, make_stage, stage  # noqa: F401 - fixtures
from .test_journey import _FAKE, reaches, submit, worker, worker_process
from .test_scheduling import execute

_SPEC = run_item_durable("main")
_HOUR = 3600.0
_QUOTA = 3_000_000


@asynccontextmanager
async def connected(broker: Broker, user: str) -> AsyncIterator[Client]:
    client = await nats.connect(broker.url_for(user), inbox_prefix=inbox_prefix(user), connect_timeout=5)
    try:
        yield client
    finally:
        await client.close()


class Site:
    """The sandbox's video site, told how to behave."""

    def __init__(self, sandbox: SandboxSettings, http: httpx2.AsyncClient) -> None:
        self.base = sandbox.base_url.replace("localhost", "127.0.0.1")
        self._http = http

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self._http.request(method, f"{self.base}/control{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def videos(self, slug: str | None) -> list[dict[str, Any]]:
        return [each for each in (await self.control("GET", "/video/videos"))["items"] if each["list"] == slug]

    async def switch(self, video: dict[str, Any], **switch: Any) -> None:
        await self.control("POST", f"/video/videos/{video['id']}/switch", switch)

    async def calls(self) -> list[dict[str, Any]]:
        return list((await self.control("GET", "/calls?system=video"))["items"])


@asynccontextmanager
async def site_of(sandbox: SandboxSettings) -> AsyncIterator[Site]:
    async with httpx2.AsyncClient(timeout=30, verify=tls()) as http:
        site = Site(sandbox, http)
        await site.control("DELETE", "/calls")
        try:
            yield site
        finally:
            await site.control("DELETE", "/video/videos/*/switch")


class TestHeartbeat:
    async def test_an_order_stays_ours_past_the_brokers_patience(self, nats_server: Broker) -> None:
        impatient = replace(_SPEC, ack_wait=timedelta(seconds=1))
        carried: list[RunItem] = []

        async def carry(order: RunItem) -> None:
            carried.append(order)
            await asyncio.sleep(3)  # three times as long as the broker waits

        async with connected(nats_server, "provisioner") as admin, connected(nats_server, "downloader") as api:
            js = admin.jetstream(timeout=5)
            config = (await js.consumer_info(DOWNLOAD_COMMANDS.name, _SPEC.name)).config
            await js.add_consumer(DOWNLOAD_COMMANDS.name, ConsumerConfig(**(vars(config) | {"ack_wait": 1.0})))
            order = RunItem(item_id=uuid7(), attempt=1, egress="main")
            await api.jetstream(timeout=5).publish(order.queue_subject(), order.body())
            async with connected(nats_server, "worker") as client:
                taking = asyncio.create_task(Orders(client, impatient, slots=2, carry=carry).run())

                async def settled() -> bool:
                    info = await js.consumer_info(DOWNLOAD_COMMANDS.name, _SPEC.name)
                    return bool(carried) and (info.num_pending, info.num_ack_pending) == (0, 0)

                await until(settled)
                taking.cancel()
                await asyncio.gather(taking, return_exceptions=True)
        assert carried == [order]


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self._now = 0.0
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._now + seconds, waiting))
        await waiting

    async def is_waited_for(self) -> bool:
        return any(not waiting.done() for _, waiting in self._waiting)

    def passes(self, seconds: float) -> None:
        self._now += seconds
        for due, waiting in self._waiting:
            if due <= self._now and not waiting.done():
                waiting.set_result(None)


class TestSweep:
    async def test_an_hour_later_nothing_is_left_of_items_that_are_over(
        self,
        stage: Stage,  # noqa: F811
        nats_server: Broker,
    ) -> None:
        clock = Clock()
        over, wanted = await stage.begin("ok"), await stage.begin("ok")
        async with connected(nats_server, "worker") as client:
            sweeping = Worker(stage.bench, client, worker_id="w2", versions={}, sleep=clock.sleep)
            await sweeping.start()
            try:
                parts = [self._part_of(stage, run.mine.item_id) for run in (over, wanted)]
                await execute(
                    stage.rows,
                    "update download_items set status = 'cancelled', worker_id = null where id = :id",
                    id=over.mine.item_id,
                )
                await until(clock.is_waited_for)  # the first sweep, at the start, is over
                clock.passes(_HOUR)

                async def swept() -> bool:
                    return not parts[0].exists()

                await until(swept)
            finally:
                await sweeping.stop()
        assert parts[1].exists()
        assert stage.left_behind() == [str(wanted.mine.item_id)]

    def _part_of(self, stage: Stage, item_id: Any) -> Path:  # noqa: F811
        folder = stage.bench.library.open_folder(item_id) / "tmp"
        folder.mkdir()
        (folder / "media.mp4.part").write_bytes(b"half a film")
        return folder / "media.mp4.part"


class TestDrain:
    async def test_told_to_stop_it_lets_what_runs_finish_and_takes_nothing_new(self, start_suite: StartSuite) -> None:
        suite = await start_suite(command=_FAKE)
        user = uuid7()
        process = worker_process(suite, worker_id="first", slots=1, drain_seconds=60)
        try:
            path = await submit(suite, user, "https://youtu.be/x?do=slow")
            await reaches(suite, user, path, "running")
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 60) in (0, -signal.SIGTERM)
        finally:
            process.kill()
        items = (await suite.http.get(path, headers=suite.as_user(user))).json()["items"]
        assert sorted(item["status"] for item in items) == [ItemStatus.COMPLETED, ItemStatus.QUEUED]
        assert [item["attempt"] for item in items if item["status"] == ItemStatus.COMPLETED] == [1]


async def test_another_worker_goes_on_where_the_first_one_stopped(
    start_suite: StartSuite, sandbox: SandboxSettings
) -> None:
    suite = await start_suite()
    user = uuid7()
    async with site_of(sandbox) as site:
        video = (await site.videos(None))[2]
        await site.switch(video, kind="throttle", value=60_000)
        async with worker(suite, worker_id="first", drain_seconds=0):
            path = await submit(suite, user, video["url"])

            async def has_some() -> bool:
                parts = [*(suite.media / ".work").rglob("*.part")]
                return bool(parts) and parts[0].stat().st_size > 60_000

            await until(has_some, seconds=60)
        await site.control("DELETE", "/video/videos/*/switch")
        await site.control("DELETE", "/calls")
        async with worker(suite, worker_id="second"):
            await reaches(suite, user, path, "completed", seconds=60)
        asked = [call["headers"].get("range", "") for call in await site.calls() if call["path"].startswith("/file/")]
    begun_at = [int(text.removeprefix("bytes=").partition("-")[0]) for text in asked if text]
    assert max(begun_at, default=0) > 60_000


async def test_a_worker_outlives_whatever_its_children_meet_and_takes_the_next(
    start_suite: StartSuite, sandbox: SandboxSettings
) -> None:
    suite = await start_suite()
    user = uuid7()
    async with suite.rows.work() as work:
        await work.users.learn(KnownUser(user_id=user, quota_bytes=_QUOTA, version=1))
    expected = {
        "too_large": {"kind": "endless"},
        "out_of_memory": {"kind": "bomb", "where": "page"},
        "not_playable": {"kind": "html"},
        "cut_short": {"kind": "short"},
        "stalled": {"kind": "stall", "where": "page"},
    }
    async with site_of(sandbox) as site:
        evil, good = await site.videos("bread-basics"), (await site.videos(None))[1]
        for video, switch in zip(evil, expected.values(), strict=True):
            await site.switch(video, **switch)
        async with worker(suite, worker_id="only", silence_seconds=12, child_memory_mb=220, retry_seconds=3600):
            path = await submit(suite, user, f"{site.base}/video/playlist/bread-basics")
            assert await reasons(suite, path, user, 5) == [REASONS[code].words for code in expected]
            last = await submit(suite, user, good["url"])
            read = await reaches(suite, user, last, "completed", seconds=60)
        pages = {f"/{kind}/{video['id']}" for video in [*evil, good] for kind in ("watch", "file", "thumb")}
        asked = {call["path"].removesuffix(".mp4").removesuffix(".jpg") for call in await site.calls()}
    assert asked <= pages | {"/playlist/bread-basics"}
    files = [file for file in suite.media.rglob("*") if file.is_file() and ".work" not in file.parts]
    ours = [file for file in files if str(user) in file.parts]
    assert {file.parent for file in ours} == {suite.media / str(user) / read["id"]}


async def reasons(suite: Suite, path: str, user: Any, count: int) -> list[str]:
    """Why each item was not fetched, in the order of the list."""

    async def all_of_them() -> list[str] | None:
        items = (await suite.http.get(path, headers=suite.as_user(user))).json()["items"]
        found = [item["reason"] for item in items if item["reason"]]
        return found if len(found) == count else None

    return list(await until(all_of_them, seconds=120))
