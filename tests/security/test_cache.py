"""Kept answers: nobody ever sees another's, and everybody sees at once what they have done themselves."""

from uuid import uuid4

import pytest
from support.belongings import Belongings
from support.operations import Operation, operations
from support.person import Person, Script, until

KEPT = [op for op in operations() if op.is_cacheable and not op.is_public]
NEEDED = {"search_media": "query=dark&", "search_library": "query=dark&"}
HIT = {"hit", "stale"}


def path_of(operation: Operation, belongings: Belongings) -> str:
    """An address nobody has asked for yet, so that the first to ask is the first to fill it."""
    path = operation.at(belongings.ids | {"service_id": "plex"})
    return f"{path}?{NEEDED.get(operation.name, '')}nobody_yet={uuid4()}"


class TestAnotherPersonsAnswer:
    @pytest.mark.parametrize("operation", KEPT, ids=str)
    async def test_is_never_shown(
        self, alice: Person, bob: Person, owner: Person, belongings: Belongings, operation: Operation
    ) -> None:
        path = path_of(operation, belongings)
        for _ in range(2):  # what another test has broken is asked again half a minute later
            await until(lambda: alice.call("GET", path), lambda answer: answer.status == 200)
        for person in (bob, owner):
            assert (await person.call("GET", path)).headers.get("X-Cache") not in HIT

    async def test_would_be_noticed_here(self, alice: Person) -> None:
        """Answers are kept: without this, a cache that never works would pass for one that never errs."""

        async def kept(operation: Operation) -> bool:
            path = f"{operation.path}?{NEEDED.get(operation.name, '')}nobody_yet={uuid4()}"
            await alice.call("GET", path)
            return (await alice.call("GET", path)).headers.get("X-Cache") == "hit"

        plain = [operation for operation in KEPT if not operation.parameters]
        assert [operation.name for operation in plain if await kept(operation)]

    @pytest.mark.parametrize("operation", KEPT, ids=str)
    async def test_is_not_shown_to_a_stranger(
        self, script: Script, alice: Person, belongings: Belongings, operation: Operation
    ) -> None:
        path = path_of(operation, belongings)
        etag = (await alice.call("GET", path)).headers.get("ETag", '"x"')
        for conditions in ({}, {"If-None-Match": etag}, {"If-None-Match": "*"}):
            assert (await script.call("GET", path, headers=conditions)).status == 401

    @pytest.mark.parametrize("operation", KEPT, ids=str)
    async def test_is_not_confirmed_by_its_etag(
        self, alice: Person, bob: Person, belongings: Belongings, operation: Operation
    ) -> None:
        """A 304 says that one has the same answer; it is Bob's own that has to be the same."""
        path = path_of(operation, belongings)
        await alice.call("GET", path)
        theirs = await alice.call("GET", path)
        asked = await bob.call("GET", path, **{"If-None-Match": theirs.headers.get("ETag", '"x"')})
        if asked.status == 304:
            assert (await bob.call("GET", path)).body == theirs.body

    async def test_holds_what_only_its_owner_sees(self, alice: Person, bob: Person, belongings: Belongings) -> None:
        path = f"/api/v1/media/movie/{belongings.ids['tmdb_id']}?nobody_yet={uuid4()}"
        mine = (await alice.get(path))["request"]
        assert mine is not None
        assert mine["id"] == belongings.ids["request_id"]
        assert (await bob.get(path))["request"] is None


class TestOnesOwn:
    async def test_write_is_seen_at_once(self, bob: Person) -> None:
        film = 1124
        path = f"/api/v1/media/movie/{film}?nobody_yet={uuid4()}"
        for request in (await bob.get("/api/v1/requests?limit=100"))["items"]:
            if request["tmdb_id"] == film and request["status"] == "pending":
                await bob.call("DELETE", f"/api/v1/requests/{request['id']}")
        for _ in range(2):
            before = await bob.get(path)
        assert before["request"] is None or before["request"]["status"] == "cancelled"
        made = (await bob.call("POST", "/api/v1/requests", {"media_type": "movie", "tmdb_id": film})).expect(201)
        assert (await bob.get(path))["request"]["id"] == made["id"]
        (await bob.call("DELETE", f"/api/v1/requests/{made['id']}")).expect(200)
        after = await bob.get(path)
        assert after["request"] is None or after["request"]["status"] == "cancelled"

    async def test_end_of_session_ends_what_is_kept(self, kit: Person, script: Script) -> None:
        path = f"/api/v1/library/sections?nobody_yet={uuid4()}"
        sent = {"Cookie": f"medianest_session={kit.cookie('medianest_session')}"}
        for _ in range(2):
            assert (await script.call("GET", path, headers=sent)).status == 200
        (await kit.call("POST", "/api/v1/auth/logout", {})).expect(204)
        await until(lambda: script.call("GET", path, headers=sent), lambda answer: answer.status == 401, within=1.0)


async def test_an_administrator_s_change_is_seen_by_the_others_soon(owner: Person, alice: Person) -> None:
    path = "/api/v1/status"
    wish = {"title": f"Planned {uuid4()}", "text": "work", "service_id": "plex"}
    for _ in range(2):
        await alice.get(path)
    made = await owner.call("POST", "/api/v1/incidents", wish)
    assert made.status == 201, made.body
    try:
        await until(lambda: alice.get("/api/v1/incidents"), lambda answer: wish["title"] in str(answer), within=2.0)
    finally:
        await owner.call("PATCH", f"/api/v1/incidents/{made.body['id']}", {"ended": True})
