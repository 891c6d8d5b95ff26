"""Other people's rights: administration by a user, and fields that nobody has asked for."""

import asyncio
from typing import Any, ClassVar

import pytest
from support.belongings import Belongings, body_for
from support.keys import claims_of
from support.operations import Operation, operations
from support.person import Person, Script, claim
from support.suite import Suite

FOR_ADMINS = [op for op in operations() if op.for_admins]
FOR_USERS_WITH_BODY = [op for op in operations() if op.body and not op.for_admins and "webhooks" not in op.path]


class TestAdministration:
    @pytest.mark.parametrize("operation", FOR_ADMINS, ids=str)
    async def test_is_refused_to_a_user(self, bob: Person, belongings: Belongings, operation: Operation) -> None:
        body = body_for(operation)
        answer = await bob.call(operation.method, operation.at(belongings.ids), body)
        assert (answer.status, answer.code) == (403, "INSUFFICIENT_PERMISSIONS")

    @pytest.mark.parametrize("operation", FOR_ADMINS, ids=str)
    async def test_is_refused_by_the_service_too(
        self, suite: Suite, script: Script, bob: Person, belongings: Belongings, operation: Operation
    ) -> None:
        """The gateway's word is not taken: a user's token on the service's own port opens nothing more."""
        service = operation.service
        bearer = {"Authorization": f"Bearer {bob.cookie('medianest_session')}"}
        answer = await script.call(
            operation.method,
            operation.at(belongings.ids),
            body_for(operation),
            at=suite.endpoints["services"][service],
            headers=bearer,
        )
        assert answer.status == 403, answer.body

    async def test_may_not_remove_the_last_administrator(self, owner: Person) -> None:
        admins = (await owner.get("/api/v1/users?role=admin"))["items"]
        me = (await owner.get("/api/v1/auth/me"))["id"]
        if len(admins) == 1:
            assert (await owner.call("PATCH", f"/api/v1/users/{me}", {"role": "user"})).status == 409
            assert (await owner.call("PATCH", f"/api/v1/users/{me}", {"suspended": True})).status == 409
            assert (await owner.call("DELETE", f"/api/v1/users/{me}")).status == 409
        assert (await owner.get("/api/v1/auth/me"))["role"] == "admin"

    async def test_of_a_sort_that_matters_asks_for_a_fresh_sign_in(self, suite: Suite, kit: Person) -> None:
        async with Person(suite, "owner") as tired:
            await tired.sign_in()
            session = claims_of(tired.cookie("medianest_session"))["sid"]
            statement = "update sessions set created_at = created_at - interval '31 minutes' where id = $1::text::uuid"
            await suite.rows("auth", statement, session)
            user = claims_of(kit.cookie("medianest_session"))["sub"]
            for method, path, body in (
                ("PATCH", f"/api/v1/users/{user}", {"role": "admin"}),
                ("PATCH", f"/api/v1/users/{user}", {"suspended": True}),
                ("DELETE", f"/api/v1/users/{user}", None),
                ("PATCH", "/api/v1/auth/policy", {"admission": "members"}),
            ):
                answer = await tired.call(method, path, body)
                assert (answer.status, answer.code) == (403, "FRESH_SIGN_IN_REQUIRED"), path


class TestBodyFields:
    """Fields nobody has asked for: rights, owners and states that a caller would like to set."""

    WISHES: ClassVar[dict[str, Any]] = {
        "role": "admin",
        "is_admin": True,
        "permissions": ["system:manage"],
        "status": "available",
        "approved": True,
        "auto_approve": True,
        "version": 99,
        "created_at": "2000-01-01T00:00:00Z",
    }

    async def test_make_no_request_in_another_s_name_or_an_approved_one(
        self, alice: Person, bob: Person, belongings: Belongings
    ) -> None:
        more = self.WISHES | {"user_id": belongings.ids["user_id"], "approved_by": belongings.ids["user_id"]}
        before = await self._requests_of(alice)
        answer = await bob.call("POST", "/api/v1/requests", {"media_type": "movie", "tmdb_id": 13} | more)
        assert answer.status in (201, 409, 422)
        if answer.status == 201:
            bob_id = claims_of(bob.cookie("medianest_session"))["sub"]
            assert (answer.body["user_id"], answer.body["status"]) == (bob_id, "pending")
        assert await self._requests_of(alice) == before

    async def _requests_of(self, person: Person) -> set[str]:
        return {item["id"] for item in (await person.get("/api/v1/requests?limit=100"))["items"]}

    async def test_make_no_download_in_another_s_name(self, suite: Suite, bob: Person, belongings: Belongings) -> None:
        for name in ("../../../etc", "..\\..", "/etc/cron.d"):
            body = {"url": "http://127.0.0.1:9/none", "collection": name, "user_id": belongings.ids["user_id"]}
            answer = await bob.call("POST", "/api/v1/downloads/preview", body)
            assert answer.status in (400, 422, 502, 503)
        assert not list(suite.media.parent.glob("*etc*"))

    @pytest.mark.parametrize("operation", FOR_USERS_WITH_BODY, ids=str)
    async def test_give_nobody_more_rights(self, bob: Person, belongings: Belongings, operation: Operation) -> None:
        before = await bob.get("/api/v1/auth/me")
        path = operation.at(belongings.ids | {"user_id": before["id"]})
        await bob.call(operation.method, path, self.WISHES | {"user_id": before["id"], "everywhere": False, "id": "x"})
        if operation.name == "log_out":
            await bob.sign_in()
        after = await bob.get("/api/v1/auth/me")
        assert (after["role"], after["permissions"], after["switches"]) == (
            before["role"],
            before["permissions"],
            before["switches"],
        )

    async def test_link_no_plex_account_to_somebody_else(
        self, suite: Suite, bob: Person, belongings: Belongings
    ) -> None:
        wish = {"form": "code", "link": True, "link_user_id": belongings.ids["user_id"]}
        assert (await bob.call("POST", "/api/v1/auth/plex/pin", wish)).status == 422

    async def test_a_linked_account_cannot_be_taken_over_by_another_plex_account(self, suite: Suite) -> None:
        async with Person(suite, "kid") as kit:
            me = await kit.sign_in()
            pin = (await kit.call("POST", "/api/v1/auth/plex/pin", {"form": "code", "link": True})).expect(201)
            await claim(suite, pin["code"], "bob")
            async with asyncio.timeout(10):
                path = f"/api/v1/auth/plex/pin/{pin['id']}"
                while (state := await kit.get(path))["status"] == "waiting":
                    await asyncio.sleep(0.2)
            assert state["status"] == "refused"
            assert (await kit.get("/api/v1/auth/me"))["id"] == me["id"]


class TestWebhooks:
    """The two doors without a session: each opens by its own secret alone."""

    @pytest.mark.parametrize("path", ["/api/v1/webhooks/overseerr", "/api/v1/webhooks/uptime-kuma"])
    @pytest.mark.parametrize("secret", [None, "", "x", "Bearer x", "undefined", "null"])
    async def test_are_closed_without_their_secret(self, script: Script, path: str, secret: str | None) -> None:
        headers = {} if secret is None else {"Authorization": secret}
        answer = await script.call("POST", path, {"notification_type": "TEST_NOTIFICATION"}, headers=headers)
        assert answer.status in (401, 403)

    async def test_do_not_open_by_each_other_s_secret_or_a_session(
        self, suite: Suite, script: Script, owner: Person
    ) -> None:
        body = {"notification_type": "TEST_NOTIFICATION"}
        pairs = {
            "/api/v1/webhooks/overseerr": "uptime_kuma_webhook",
            "/api/v1/webhooks/uptime-kuma": "overseerr_webhook",
        }
        for path, secret in pairs.items():
            wrong = {"Authorization": suite.secrets[secret]}
            assert (await script.call("POST", path, body, headers=wrong)).status in (401, 403)
            token = {"Authorization": f"Bearer {owner.cookie('medianest_session')}"}
            assert (await script.call("POST", path, body, headers=token)).status in (401, 403)
