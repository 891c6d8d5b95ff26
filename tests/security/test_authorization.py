"""Other people's things: tried for every operation of the document with a second user, and with nobody at all.

A parameter that `support.belongings` does not know fails its test: whoever adds a route says there whose things it
names.
"""

from uuid import uuid4

import pytest
from support.belongings import OWNED, Belongings, body_for, standing
from support.operations import Operation, operations
from support.person import Person, Script
from support.suite import Suite

ALICE_S = [op for op in operations() if not op.for_admins and OWNED & set(op.parameters)]
NOT_PUBLIC = [op for op in operations() if not op.is_public]
SCOPED = [op for op in operations() if "scope" in op.queries]


class TestSomebodyElsesThing:
    @pytest.mark.parametrize("operation", ALICE_S, ids=str)
    async def test_is_not_there_for_bob(
        self, bob: Person, alice: Person, belongings: Belongings, operation: Operation
    ) -> None:
        path = operation.at(belongings.ids)
        answer = await bob.call(operation.method, path, body_for(operation))
        assert answer.status == 404, f"{operation.method} {path} answered {answer.status}: {answer.body}"
        assert await standing(alice, belongings.ids) == belongings.before

    @pytest.mark.parametrize("operation", ALICE_S, ids=str)
    async def test_looks_to_bob_like_a_thing_that_never_was(
        self, bob: Person, belongings: Belongings, operation: Operation
    ) -> None:
        body = body_for(operation)
        there = await bob.call(operation.method, operation.at(belongings.ids), body)
        nowhere = operation.at(dict.fromkeys(operation.parameters, str(uuid4())))
        never = await bob.call(operation.method, nowhere, body)
        assert (there.status, there.code, there.body["detail"]) == (never.status, never.code, never.body["detail"])

    async def test_is_there_for_alice(self, alice: Person, belongings: Belongings) -> None:
        """Without this, wrong ids would pass for good protection."""
        reads = [op for op in ALICE_S if op.is_safe and "file" not in op.path]
        assert reads
        for operation in reads:
            assert (await alice.call("GET", operation.at(belongings.ids))).status == 200, operation.name

    async def test_is_in_no_list_of_bob_s(self, bob: Person, belongings: Belongings) -> None:
        lists = [
            op for op in operations() if op.is_safe and not op.parameters and not op.is_public and not op.for_admins
        ]
        assert len(lists) > 8
        for operation in lists:
            if operation.name != "stream_events":
                query = {"search_media": "?query=dark", "search_library": "?query=dark"}.get(operation.name, "")
                body = str((await bob.call("GET", f"{operation.path}{query}")).body)
                found = [name for name in OWNED if belongings.ids[name] in body]
                assert not found, f"{operation.name} shows {found}"

    @pytest.mark.parametrize("operation", SCOPED, ids=str)
    async def test_is_not_shown_by_asking_for_everybody_s(self, bob: Person, operation: Operation) -> None:
        assert (await bob.call("GET", f"{operation.path}?scope=all")).status == 403

    async def test_a_cursor_of_alice_s_brings_bob_nothing(
        self, alice: Person, bob: Person, belongings: Belongings
    ) -> None:
        for path in ("/api/v1/requests", "/api/v1/downloads"):
            mine = await alice.get(f"{path}?limit=1")
            cursor = mine["next_cursor"] or "AAAA"
            answer = await bob.call("GET", f"{path}?limit=100&cursor={cursor}")
            assert answer.status in (200, 422)
            assert mine["items"][0]["id"] not in str(answer.body)


class TestPrivateIntegration:
    async def test_is_shown_to_administrators_only(self, owner: Person, alice: Person, belongings: Belongings) -> None:
        service = belongings.ids["service_id"]
        for path in (f"/api/v1/status/{service}", f"/api/v1/status/{service}/history"):
            assert (await alice.call("GET", path)).status == 404
        assert (await owner.call("GET", f"/api/v1/status/{service}")).status == 200
        for path in (
            "/api/v1/status",
            "/api/v1/incidents",
            "/api/v1/maintenance",
            f"/api/v1/incidents?service_id={service}",
        ):
            assert service not in str((await alice.call("GET", path)).body), path
            assert "Secret" not in str((await alice.call("GET", path)).body), path

    async def test_is_not_told_live(self, alice: Person, belongings: Belongings) -> None:
        events = await alice.listen("status", "admin")
        await events.hear("status.snapshot")
        await events.settle(3)
        assert belongings.ids["service_id"] not in str(events.heard)
        assert not [message for message in events.heard if message["type"] == "admin.snapshot"]
        await events.close()


class TestStrangers:
    @pytest.mark.parametrize("operation", NOT_PUBLIC, ids=str)
    async def test_are_asked_to_sign_in(self, script: Script, belongings: Belongings, operation: Operation) -> None:
        path = operation.at(belongings.ids)
        answer = await script.call(operation.method, path, {})
        assert (answer.status, answer.code) == (401, "AUTHENTICATION_REQUIRED")

    @pytest.mark.parametrize("operation", [op for op in NOT_PUBLIC if "events" not in op.path], ids=str)
    async def test_are_asked_to_sign_in_by_the_service_too(
        self, suite: Suite, script: Script, belongings: Belongings, operation: Operation
    ) -> None:
        service = operation.service
        own_port = suite.endpoints["services"][service]
        answer = await script.call(operation.method, operation.at(belongings.ids), {}, at=own_port)
        assert answer.status == 401

    @pytest.mark.parametrize(
        "path",
        [
            "/internal/exchange",
            "/internal/plex-token/x",
            "/metrics",
            "/health/../metrics",
            "/api/v1/internal/exchange",
        ],
    )
    async def test_find_nothing_internal_at_the_public_port(self, script: Script, owner: Person, path: str) -> None:
        for method in ("GET", "POST"):
            assert (await script.call(method, path)).status in (400, 404)
            assert (await owner.call(method, path)).status in (400, 404)
