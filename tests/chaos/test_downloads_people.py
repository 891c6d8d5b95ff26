"""Downloads among people: one video passes five hundred, a user is deleted in the middle, nobody is led inside."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from support.person import Person, control, until
from support.suite import Suite

_BASE = "/api/v1/downloads"
_OVER = {"completed", "partially_completed", "failed", "cancelled"}


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
            await until(lambda: left_of(suite, UUID(kid_id)), lambda left: not left)
            await Watcher(bob, single).until(lambda d: d["status"] == "completed", within=90)
            await asyncio.sleep(3)  # for what might still be under way to come back
            assert await left_of(suite, UUID(kid_id)) == []
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


async def left_of(suite: Suite, user_id: UUID) -> list[Any]:
    """Rows, files and unfinished files of the user."""
    tables = ("downloads", "download_items", "archive", "follows", "turns", "users", "user_pauses")
    counts = [
        (await suite.rows("downloader", f"select count(*) as n from {table} where user_id = $1", user_id))[0]["n"]
        for table in tables
    ]
    wanted = await suite.rows("downloader", "select id::text from download_items")
    ours = {row["id"] for row in wanted}
    strays = [path for path in (suite.media / ".work").glob("*-*") if path.name not in ours]
    folder = [suite.media / str(user_id)] if (suite.media / str(user_id)).exists() else []
    return [count for count in counts if count] + strays + folder


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
