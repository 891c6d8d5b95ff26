"""The main job, end to end on real servers: sign in, see what is up, ask for a film, fetch a playlist, sign out.

Nothing is replaced but the four outside systems, and those answer over real HTTP.
"""

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from support.person import Message, Person, control, newcomer, until
from support.suite import Suite

MATRIX = 603


async def videos(suite: Suite, kind: str, entries: int = 1) -> str:
    """The address of something the sandbox's video site has."""
    items = (await control(suite, "GET", "/videos"))["items"]
    return next(str(item["url"]) for item in items if item["kind"] == kind and item["entries"] >= entries)


async def finished(person: Person, download_id: str) -> dict[str, Any]:
    done = {"completed", "partially_completed", "failed", "cancelled"}
    return dict(
        await until(lambda: person.get(f"/api/v1/downloads/{download_id}"), lambda d: d["status"] in done, within=180)
    )


async def test_a_stranger_without_access_is_refused_in_words(suite: Suite) -> None:
    async with Person(suite, "mallory") as mallory:
        pin = (await mallory.call("POST", "/api/v1/auth/plex/pin", {"form": "code"})).expect(201)
        await control(suite, "POST", f"/plex/pins/{pin['code']}/claim", {"username": "mallory"})
        state = await until(
            lambda: mallory.get(f"/api/v1/auth/plex/pin/{pin['id']}"), lambda s: s["status"] != "waiting"
        )
        assert state["status"] == "refused"
        assert "access" in state["reason"]
        assert (await mallory.call("GET", "/api/v1/auth/me")).status == 401


async def test_health_changes_arrive_live(suite: Suite) -> None:
    async with Person(suite, "alice") as alice:
        await alice.sign_in()
        events = await alice.listen("status")
        snapshot = await events.hear("status.snapshot")
        assert {"plex", "overseerr", "uptime_kuma"} <= {item["service_id"] for item in snapshot["data"]["items"]}
        await until(lambda: plex_health(alice), lambda health: health == "up")
        try:
            await control(suite, "POST", "/faults", {"system": "plex", "kind": "status", "value": 503})
            down = await events.hear("service.changed", is_plex("down"))
        finally:
            await control(suite, "DELETE", "/faults")
        await events.hear("service.changed", is_plex("up", after=down["data"]["version"]))
        await events.close()


async def plex_health(person: Person) -> str:
    return str((await person.get("/api/v1/status/plex"))["health"])


def is_plex(health: str, after: int = 0) -> Callable[[Message], bool]:
    return lambda s: s["service_id"] == "plex" and s["health"] == health and s["version"] > after


async def test_a_film_is_found_asked_for_approved_and_in_plex(suite: Suite) -> None:
    async with Person(suite, "alice") as alice, Person(suite, "owner") as owner:
        me = await alice.sign_in()
        assert (await owner.sign_in())["role"] == "admin"
        events = await alice.listen("requests")
        await events.hear("requests.snapshot")

        found = await alice.get("/api/v1/media/search?query=matrix")
        assert MATRIX in {item["tmdb_id"] for item in found["items"] if item["media_type"] == "movie"}

        asked = (await alice.call("POST", "/api/v1/requests", {"media_type": "movie", "tmdb_id": MATRIX})).expect(201)
        assert asked["status"] == "pending"
        request = asked["id"]
        await events.hear("request.created", lambda r: r["request_id"] == request)

        (await alice.call("POST", f"/api/v1/requests/{request}/approve")).expect(403)
        (await owner.call("POST", f"/api/v1/requests/{request}/approve")).expect(200)
        await events.hear("request.approved", lambda r: r["request_id"] == request)
        await events.hear("request.submitted", lambda r: r["request_id"] == request)

        there = await overseerr_request(suite, MATRIX)
        assert there["requestedBy"]["plexUsername"] == "alice"
        assert there["status"] == 2  # approved there already: nobody approves twice

        await control(suite, "POST", f"/overseerr/media/movie/{MATRIX}/available")
        await events.hear("request.became_available", lambda r: r["request_id"] == request)
        assert (await alice.get(f"/api/v1/requests/{request}"))["status"] == "available"
        assert all(m["data"].get("user_id", me["id"]) == me["id"] for m in events.heard)
        await events.close()


async def overseerr_request(suite: Suite, tmdb_id: int) -> dict[str, Any]:
    """The newest request of a title in the sandbox's Overseerr, read by its own API."""
    url = f"{suite.endpoints['sandbox']['overseerr']}/api/v1/request?take=50"
    async with (
        aiohttp.ClientSession() as http,
        http.get(url, headers={"X-Api-Key": "sandbox-overseerr-key"}) as response,
    ):
        results = (await response.json())["results"]
    return next(dict(item) for item in results if item["media"]["tmdbId"] == tmdb_id)


async def test_a_playlist_is_fetched_into_plex_with_live_progress(suite: Suite) -> None:
    async with Person(suite, "alice") as alice:
        me = await alice.sign_in()
        events = await alice.listen("downloads")
        url = await videos(suite, "playlist", 5)
        preview = (await alice.call("POST", "/api/v1/downloads/preview", {"url": url})).expect(200)
        assert preview["total"] == 5

        answer = await alice.call("POST", "/api/v1/downloads", {"url": url, "collection": "Story"})
        submitted = answer.expect(202)
        assert answer.headers["Location"].endswith(submitted["id"])
        await events.hear("item.progress", lambda p: p["download_id"] == submitted["id"] and p["user_id"] == me["id"])

        download = await finished(alice, submitted["id"])
        assert (download["status"], download["items_completed"]) == ("completed", 5)
        await events.hear("download.completed", lambda d: d["download_id"] == submitted["id"])
        folders = {path.parent for path in suite.media.rglob("*.mp4") if ".work" not in path.parts}
        assert any(me["id"] in str(folder) for folder in folders)

        download = await until(
            lambda: alice.get(f"/api/v1/downloads/{submitted['id']}"), lambda d: d["in_plex"] == "done", within=120
        )
        collections = await alice.get("/api/v1/library/collections")
        assert "Story" in {item["title"] for item in collections["items"]}
        await events.close()


async def test_people_see_nothing_of_each_other_and_take_turns(suite: Suite) -> None:
    async with Person(suite, await newcomer(suite)) as alice, Person(suite, await newcomer(suite)) as bob:
        alice_id = (await alice.sign_in())["id"]
        await bob.sign_in()
        hears_bob = await bob.listen("status", "requests", "downloads", "session")
        await hears_bob.hear("downloads.snapshot")
        url = await videos(suite, "playlist", 5)
        first = (await alice.call("POST", "/api/v1/downloads", {"url": url, "collection": "A"})).expect(202)
        second = (await bob.call("POST", "/api/v1/downloads", {"url": url, "collection": "B"})).expect(202)

        for path in (f"/api/v1/downloads/{first['id']}", f"/api/v1/downloads/{first['id']}/cancel"):
            method = "POST" if path.endswith("cancel") else "GET"
            assert (await bob.call(method, path)).status == 404
        mine = await bob.get("/api/v1/downloads")
        assert {item["id"] for item in mine["items"]} == {second["id"]}
        assert (await bob.get("/api/v1/requests"))["items"] == []

        await finished(alice, first["id"])
        await finished(bob, second["id"])
        order = await started_order(suite, {first["id"], second["id"]})
        half = order[: len(order) // 2 + 1]
        assert {first["id"], second["id"]} <= set(half), "one person's playlist held up the other's"
        about_others = [m for m in hears_bob.heard if m["data"].get("user_id") == alice_id]
        await hears_bob.settle(1)
        assert about_others == []
        await hears_bob.close()


async def started_order(suite: Suite, downloads: set[str]) -> list[str]:
    """The downloads of all items in the order in which they were started, from the downloader's own table."""
    import asyncpg  # noqa: PLC0415 - only this question goes past the public API

    connection = await asyncpg.connect(suite.endpoints["postgres"]["databases"]["downloader"])
    try:
        rows = await connection.fetch(
            "select download_id::text from download_items where started_at is not null order by started_at"
        )
    finally:
        await connection.close()
    return [row["download_id"] for row in rows if row["download_id"] in downloads]


async def test_signing_out_ends_the_session_and_its_socket(suite: Suite) -> None:
    async with Person(suite, "bob") as bob:
        await bob.sign_in()
        events = await bob.listen("session")
        await events.hear("session.snapshot")
        stolen = {cookie.key: cookie.value for cookie in bob.cookies().values()}
        (await bob.call("POST", "/api/v1/auth/logout", {})).expect(204)
        assert await events.closed() > 0
        assert (await bob.call("GET", "/api/v1/auth/me")).status == 401
        async with (
            aiohttp.ClientSession(cookies=stolen) as thief,
            thief.get(f"{suite.gateway}/api/v1/auth/me") as response,
        ):
            assert response.status == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/v1/no-such-thing", None, 404, "NOT_FOUND"),
        ("POST", "/api/v1/requests", {"media_type": "book"}, 422, "VALIDATION_FAILED"),
        ("POST", "/api/v1/downloads", {"url": "file:///etc/passwd"}, 422, None),
    ],
)
async def test_bad_input_is_one_clear_problem(
    suite: Suite, method: str, path: str, body: Any, status: int, code: str | None
) -> None:
    async with Person(suite, "bob") as bob:
        await bob.sign_in()
        answer = await bob.call(method, path, body)
        assert answer.status == status
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert {"type", "title", "detail", "code", "correlation_id"} <= set(answer.body)
        assert code is None or answer.body["code"] == code
