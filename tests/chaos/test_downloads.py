"""Downloads while all around them dies, stands still, or is deleted: each item ends once, whole, or not at all."""

import asyncio
import os
import random
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import nats
import pytest
import pytest_asyncio
from support.person import Person, control, until
from support.processes import another_worker, frozen, kill
from support.suite import Suite

from medianest_common.broker_access import inbox_prefix

SEED = int(os.environ.get("MEDIANEST_CHAOS_SEED", "4"))
_BASE = "/api/v1/downloads"
_OVER = {"completed", "partially_completed", "failed", "cancelled"}
_LEASE = 20.0  # of the suite's workers


@pytest_asyncio.fixture(autouse=True)
async def unhurried(suite: Suite) -> AsyncIterator[None]:
    """Files come as fast as they can, nobody has used up a limit, and the site is itself again afterwards."""
    await suite.an_hour_passes()
    await control(suite, "POST", "/video/throttle", {"bytes_per_second": None})
    yield
    await control(suite, "DELETE", "/video/videos/*/switch")
    await control(suite, "POST", "/video/throttle", {"bytes_per_second": 150_000})


async def address_of(suite: Suite, kind: str, entries: int) -> str:
    items = (await control(suite, "GET", "/videos"))["items"]
    return next(str(item["url"]) for item in items if (item["kind"], item["entries"]) == (kind, entries))


async def submit(person: Person, url: str, **options: Any) -> str:
    body = {"url": url, "collection": ""} | options
    return str((await person.call("POST", _BASE, body)).expect(202)["id"])


class Watcher:
    """Asks for a download as often as it takes: while the api role is away, the answer is no download."""

    def __init__(self, person: Person, download_id: str) -> None:
        self._person = person
        self._path = f"{_BASE}/{download_id}"
        self.newest: dict[str, Any] = {"status": "unknown", "items_completed": 0, "items": []}

    async def look(self) -> dict[str, Any]:
        answer = await self._person.call("GET", self._path)
        if answer.status == 200:
            self.newest = answer.body
        return self.newest

    async def until(self, good: Callable[[dict[str, Any]], bool], *, within: float = 60) -> dict[str, Any]:
        return dict(await until(self.look, good, within=within))


async def completed_facts(suite: Suite) -> int:
    """How often the event stream has heard that an item is complete."""
    account = suite.endpoints["nats"]["accounts"]["provisioner"]
    client = await nats.connect(account["url"], inbox_prefix=inbox_prefix("provisioner"), connect_timeout=5)
    try:
        subject = "medianest.evt.downloads.item.completed.v1"
        info = await client.jetstream(timeout=10).stream_info("MEDIANEST_EVT", subjects_filter=subject)
        return int((info.state.subjects or {}).get(subject, 0))
    finally:
        await client.close()


def unfinished(suite: Suite) -> list[Path]:
    """What lies about of items that are being worked on, or were."""
    return [path for path in (suite.media / ".work").glob("*-*") if path.is_dir()]


async def nothing_unfinished(suite: Suite, within: float = 60) -> None:
    async def look() -> list[Path]:
        return unfinished(suite)

    await until(look, lambda left: not left, within=within)


def is_playable(suite: Suite, path: Path) -> bool:
    probe = suite.environment("downloader")["MEDIANEST_FFPROBE"]
    done = subprocess.run(
        [probe, "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return done.returncode == 0 and float(done.stdout.strip() or 0) > 2.5


class Mishaps:
    """What may befall the suite; `worker` is the pid of the second worker."""

    def __init__(self, suite: Suite, dice: random.Random, worker: int) -> None:
        self._suite = suite
        self._dice = dice
        self._worker = worker

    def all(self) -> list[Callable[[], Awaitable[None]]]:
        return [self.kill_worker, self.kill_api, self.cut_worker_off, self.freeze_broker, self.freeze_database]

    async def kill_worker(self) -> None:
        kill(self._suite, "worker")

    async def kill_api(self) -> None:
        kill(self._suite, "downloader")

    async def cut_worker_off(self) -> None:
        """Past the lease: its items are somebody else's when it comes back."""
        with frozen(self._worker):
            await asyncio.sleep(_LEASE + self._dice.uniform(2, 5))

    async def freeze_broker(self) -> None:
        with frozen(self._suite.pid("nats")):
            await asyncio.sleep(self._dice.uniform(1, 4))

    async def freeze_database(self) -> None:
        with frozen(self._suite.pid("postgres")):
            await asyncio.sleep(self._dice.uniform(1, 4))


async def test_every_item_ends_once_as_a_whole_file_whatever_dies(suite: Suite) -> None:
    dice = random.Random(SEED)
    async with Person(suite, "alice") as alice, another_worker(suite) as worker:
        me = await alice.sign_in()
        facts_before = await completed_facts(suite)
        download_id = await submit(alice, await address_of(suite, "playlist", 100))
        watcher = Watcher(alice, download_id)
        mishaps = Mishaps(suite, dice, worker.pid).all()
        mishaps += dice.sample(mishaps[:2], 1)
        dice.shuffle(mishaps)
        moments = sorted(dice.sample(range(1, 90), len(mishaps)))
        for moment, mishap in zip(moments, mishaps, strict=True):
            await watcher.until(at_least(moment), within=240)
            await asyncio.sleep(dice.uniform(0, 1))
            print(f"after {moment} items: {mishap.__name__}")
            await mishap()
        download = await watcher.until(lambda d: d["status"] in _OVER, within=240)
        reasons = [item["reason"] for item in download["items"] if item["status"] != "completed"]
        assert (download["status"], download["items_completed"], reasons) == ("completed", 100, [])
        await asyncio.to_thread(one_whole_file_each, suite, me["id"], download)
        assert await archived(suite, download_id) == 100

        async def heard() -> int:
            return await completed_facts(suite) - facts_before

        await until(heard, lambda count: count >= 100)
        kill(suite, "worker")  # the new one sweeps at once what the old ones may have left
        await nothing_unfinished(suite)
        assert await heard() == 100


def at_least(count: int) -> Callable[[dict[str, Any]], bool]:
    return lambda download: download["items_completed"] >= count


def one_whole_file_each(suite: Suite, user_id: str, download: dict[str, Any]) -> None:
    folder = suite.media / user_id / download["id"]
    films = {path.name: path for path in folder.glob("*.mp4")}
    assert set(films) == {item["file_name"] for item in download["items"]}
    assert all(films[item["file_name"]].stat().st_size == item["bytes"] for item in download["items"])
    expected = {Path(name).with_suffix(kind).name for name in films for kind in (".mp4", ".jpg", ".nfo")}
    assert {path.name for path in folder.iterdir()} == expected
    broken = [name for name, path in films.items() if not is_playable(suite, path)]
    assert broken == []


async def archived(suite: Suite, download_id: str) -> int:
    rows = await suite.rows(
        "downloader",
        "select count(*) as n from archive join download_items i on i.id = item_id where i.download_id = $1",
        UUID(download_id),
    )
    return int(rows[0]["n"])


async def test_one_video_passes_five_hundred_and_nothing_is_left_of_a_user_deleted_in_the_middle(suite: Suite) -> None:
    async with Person(suite, "kid") as kid, Person(suite, "bob") as bob, Person(suite, "owner") as owner:
        await owner.sign_in()
        kid_id, _ = (await kid.sign_in())["id"], await bob.sign_in()
        entries = (await control(suite, "POST", "/video/feeds/harbour-light", {"add": 496}))["entries"]
        try:
            feed = next(
                item["url"]
                for item in (await control(suite, "GET", "/videos"))["items"]
                if item["entries"] == entries == 500
            )
            await control(suite, "POST", "/video/throttle", {"bytes_per_second": 60_000})
            long = await submit(kid, feed)
            await Watcher(kid, long).until(lambda d: d["status"] == "running")
            single = await submit(bob, await address_of(suite, "video", 1))
            await Watcher(bob, single).until(lambda d: d["items"] and d["items"][0]["status"] in ("running", *_OVER))
            assert await started_between(suite, long, single) <= 1
            await control(suite, "POST", "/video/throttle", {"bytes_per_second": None})

            (await owner.call("DELETE", f"/api/v1/users/{kid_id}")).expect(202)
            await gone(suite, UUID(kid_id))
            await Watcher(bob, single).until(lambda d: d["status"] == "completed", within=90)
            await asyncio.sleep(3)  # for what might still be under way to come back
            await gone(suite, UUID(kid_id), within=1)
        finally:
            await control(suite, "POST", "/video/feeds/harbour-light", {})


async def started_between(suite: Suite, long: str, single: str) -> int:
    """How many items of the long list began after the single video was listed and before it began."""
    rows = await suite.rows(
        "downloader",
        "select count(*) as n from download_items i, download_items b where i.download_id = $1 and b.download_id = $2"
        " and i.started_at > b.created_at and i.started_at < b.started_at",
        UUID(long), UUID(single),
    )  # fmt: skip
    return int(rows[0]["n"])


async def gone(suite: Suite, user_id: UUID, within: float = 60) -> None:
    """No row, no file and no unfinished file of the user."""

    async def left() -> list[Any]:
        tables = ("downloads", "download_items", "archive", "turns", "users")
        counts = [
            (await suite.rows("downloader", f"select count(*) as n from {table} where user_id = $1", user_id))[0]["n"]
            for table in tables
        ]
        wanted = await suite.rows("downloader", "select id::text from download_items")
        ours = {row["id"] for row in wanted}
        strays = [path for path in unfinished(suite) if path.name not in ours]
        folder = [suite.media / str(user_id)] if (suite.media / str(user_id)).exists() else []
        return [count for count in counts if count] + strays + folder

    await until(left, lambda found: not found, within=within)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1/x",
        "http://169.254.169.254/latest/meta-data/",
        "http://192.168.0.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1.nip.io/",
        "https://youtube.com.evil.example/watch?v=1",
    ],
)
async def test_an_address_that_leads_inside_is_refused_at_the_door(suite: Suite, url: str) -> None:
    async with Person(suite, "bob") as bob:
        await bob.sign_in()
        for path, body in ((f"{_BASE}/preview", {"url": url}), (_BASE, {"url": url})):
            assert (await bob.call("POST", path, body)).status == 422
