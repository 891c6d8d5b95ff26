"""Users, policy, invitations and the audit log, as administrators use them; and everybody else may not."""

from uuid import uuid4

import orjson
import pytest

from medianest_common.contracts.permissions import Role

from .house import Browser, House, settled

ADMIN_ROUTES = [
    ("GET", "/users"),
    ("GET", "/users/erasures"),
    ("POST", "/users/import"),
    ("GET", f"/users/{uuid4()}"),
    ("PATCH", f"/users/{uuid4()}"),
    ("DELETE", f"/users/{uuid4()}"),
    ("GET", f"/users/{uuid4()}/sessions"),
    ("DELETE", f"/users/{uuid4()}/sessions/{uuid4()}"),
    ("GET", "/auth/policy"),
    ("PATCH", "/auth/policy"),
    ("GET", "/auth/invitations"),
    ("POST", "/auth/invitations"),
    ("DELETE", f"/auth/invitations/{uuid4()}"),
    ("GET", "/audit"),
    ("GET", "/audit/export"),
]


async def id_of(browser: Browser) -> str:
    user_id: str = (await browser.get("/auth/me"))["id"]
    return user_id


async def test_a_user_may_do_nothing_of_it(house: House) -> None:
    alice = await house.resident("alice")
    for method, path in ADMIN_ROUTES:
        answer = await alice.call(method, path, {})
        assert (path, answer.status_code, answer.json()["code"]) == (path, 403, "INSUFFICIENT_PERMISSIONS")


async def test_a_stranger_may_do_nothing_of_it(house: House) -> None:
    for method, path in ADMIN_ROUTES:
        assert (await house.browser().call(method, path, {})).status_code == 401


class TestUsers:
    async def test_the_list_is_searched_filtered_and_paged(self, house: House) -> None:
        admin = await house.resident("owner", role=Role.ADMIN)
        for name in ("alice", "alina", "bob_", "bobx"):
            await house.resident(name)
        names = {user["username"] for user in (await admin.get("/users?q=ALI"))["items"]}
        assert names == {"alice", "alina"}
        assert [user["username"] for user in (await admin.get("/users?q=b_"))["items"]] == ["bob_"]
        assert [user["username"] for user in (await admin.get("/users?role=admin"))["items"]] == ["owner"]
        seen, cursor = [], ""
        while cursor is not None:
            part = await admin.get(f"/users?limit=2{f'&cursor={cursor}' if cursor else ''}")
            seen += [user["username"] for user in part["items"]]
            cursor = part["next_cursor"]
        assert sorted(seen) == ["alice", "alina", "bob_", "bobx", "owner"]
        await admin.get("/users?cursor=nonsense", 422)

    async def test_a_change_of_role_holds_at_once_and_is_told(self, house: House) -> None:
        admin, alice = await house.resident("owner", role=Role.ADMIN), await house.resident("alice")
        user_id = await id_of(alice)
        await admin.do("PATCH", f"/users/{user_id}", {"role": "admin"})
        await alice.do("POST", "/auth/refresh")
        await alice.get("/users")
        await admin.do("PATCH", f"/users/{user_id}", {"role": "user"})
        await alice.get("/users", 403)
        assert [fact["version"] for fact in await house.facts("user.changed")] == [2, 3]
        assert (await house.audited("user.changed"))[0]["detail"] == {"role": "admin"}

    async def test_a_suspended_user_is_out_at_once_and_cannot_come_back(self, house: House) -> None:
        admin, alice = await house.resident("owner", role=Role.ADMIN), await house.sign_in("alice")
        user_id = await id_of(alice)
        await admin.do("PATCH", f"/users/{user_id}", {"suspended": True})
        await alice.get("/auth/me", 401)
        await alice.do("POST", "/auth/refresh", expect=401)
        pin = await alice.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.claim(pin["code"], "alice")
        assert "suspended" in (await settled(alice, pin["id"]))["reason"]
        await admin.do("PATCH", f"/users/{user_id}", {"suspended": False})
        await house.sign_in("alice")

    async def test_the_last_admin_stays(self, house: House) -> None:
        admin = await house.resident("owner", role=Role.ADMIN)
        user_id = await id_of(admin)
        for method, body in (("PATCH", {"role": "user"}), ("PATCH", {"suspended": True}), ("DELETE", None)):
            assert (await admin.do(method, f"/users/{user_id}", body, 409))["code"] == "LAST_ADMIN"

    async def test_switches_and_quotas_reach_the_other_services(self, house: House) -> None:
        admin, alice = await house.resident("owner", role=Role.ADMIN), await house.resident("alice")
        user_id = await id_of(alice)
        body = {"auto_approve": True, "movie_quota": 3, "download_quota_bytes": 5_000_000_000}
        changed = await admin.do("PATCH", f"/users/{user_id}", body)
        assert changed["switches"]["auto_approve"] is True
        rows = await house.rows(
            "select payload from outbox where subject = :s order by id desc", s=f"$KV.medianest-users.{user_id}"
        )
        state = orjson.loads(rows[0]["payload"])
        assert (state["auto_approve"], state["movie_quota"], state["version"]) == (True, 3, changed["version"])
        cleared = await admin.do("PATCH", f"/users/{user_id}", {"movie_quota": None})
        assert cleared["quotas"]["movie_quota"] is None

    async def test_a_field_that_is_not_to_be_changed_is_refused(self, house: House) -> None:
        admin = await house.resident("owner", role=Role.ADMIN)
        for field in ("id", "plex_id", "permission_epoch", "password_hash"):
            await admin.do("PATCH", f"/users/{uuid4()}", {field: "x"}, 422)

    async def test_power_over_others_asks_for_a_fresh_sign_in(self, house: House) -> None:
        admin, alice = await house.resident("owner", role=Role.ADMIN), await house.resident("alice")
        user_id = await id_of(alice)
        async with house.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("update sessions set created_at = created_at - interval '31 minutes'")
        refused = await admin.do("PATCH", f"/users/{user_id}", {"suspended": True}, 403)
        assert refused["code"] == "FRESH_SIGN_IN_REQUIRED"
        await admin.do("DELETE", f"/users/{user_id}", expect=403)
        await admin.do("PATCH", f"/users/{user_id}", {"auto_approve": True})

    async def test_what_gives_lasting_access_asks_for_a_fresh_sign_in(self, house: House) -> None:
        """A stolen session ends some day; a token, an invitation or another Plex account made with it would not."""
        admin, phone = await house.resident("owner", role=Role.ADMIN), await house.resident("alice")
        alice, session = await id_of(phone), (await phone.get("/auth/sessions"))["items"][0]["id"]
        async with house.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("update sessions set created_at = created_at - interval '31 minutes'")
        for method, path, body in (
            ("POST", "/auth/tokens", {"name": "x", "permissions": ["media:search"]}),
            ("POST", "/auth/invitations", {}),
            ("POST", "/auth/plex/pin", {"link": True}),
            ("DELETE", f"/users/{alice}/sessions/{session}", None),
        ):
            assert (await admin.do(method, path, body, 403))["code"] == "FRESH_SIGN_IN_REQUIRED", path
        await phone.do("DELETE", f"/auth/sessions/{session}", expect=204)  # one's own needs none

    async def test_with_passwords_off_the_last_admin_with_plex_stays(self, house: House) -> None:
        """The local administrator is one by role, and could not come in."""
        local = await house.local_admin()
        owner = await house.resident("owner", role=Role.ADMIN)
        owner_id = await id_of(owner)
        await owner.do("PATCH", "/auth/policy", {"local_sign_in": False})
        for method, body in (("PATCH", {"role": "user"}), ("PATCH", {"suspended": True}), ("DELETE", None)):
            assert (await local.do(method, f"/users/{owner_id}", body, 409))["code"] == "LAST_ADMIN"
        await owner.do("PATCH", f"/users/{await id_of(local)}", {"role": "user"})

    async def test_an_admin_ends_a_users_session(self, house: House) -> None:
        admin, alice = await house.resident("owner", role=Role.ADMIN), await house.resident("alice")
        user_id = await id_of(alice)
        session = (await admin.get(f"/users/{user_id}/sessions"))["items"][0]["id"]
        await admin.do("DELETE", f"/users/{await id_of(admin)}/sessions/{session}", expect=404)
        await admin.do("DELETE", f"/users/{user_id}/sessions/{session}", expect=204)
        await alice.get("/auth/me", 401)

    async def test_everybody_the_server_is_shared_with_is_imported_once(self, house: House) -> None:
        admin = await house.resident("owner", role=Role.ADMIN)
        assert await admin.do("POST", "/users/import") == {"created": 3, "known": 0}
        assert await admin.do("POST", "/users/import") == {"created": 0, "known": 3}
        alice = await house.sign_in("alice")
        names = [user["username"] for user in (await admin.get("/users?q=alice"))["items"]]
        assert names == ["alice"]
        assert (await alice.get("/auth/me"))["plex_linked"] is True


class TestPolicy:
    async def test_invited_only_turns_members_away_and_lets_the_invited_in_once(self, house: House) -> None:
        admin = await house.resident("somebody", role=Role.ADMIN)
        await admin.do("PATCH", "/auth/policy", {"admission": "invited"})
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {}, 201)
        await house.sandbox.claim(pin["code"], "alice")
        assert "invit" in (await settled(browser, pin["id"]))["reason"]
        link = (await admin.do("POST", "/auth/invitations", {"note": "for Alice"}, 201))["url"]
        secret = link.partition("#")[2]
        pin = await browser.do("POST", "/auth/plex/pin", {"invitation": secret}, 201)
        await house.sandbox.claim(pin["code"], "alice")
        assert (await settled(browser, pin["id"]))["status"] == "authorized"
        pin = await browser.do("POST", "/auth/plex/pin", {"invitation": secret}, 201)
        await house.sandbox.claim(pin["code"], "bob")
        assert (await settled(browser, pin["id"]))["status"] == "refused"
        assert (await admin.get("/auth/invitations"))["items"][0]["used_by"] is not None
        for action in ("user.created", "invitation.used"):
            assert (await house.audited(action))[-1]["address"] is not None

    async def test_an_invitation_past_its_time_lets_nobody_in(self, house: House) -> None:
        admin = await house.resident("somebody", role=Role.ADMIN)
        await admin.do("PATCH", "/auth/policy", {"admission": "invited"})
        link = (await admin.do("POST", "/auth/invitations", {"expires_in_days": 1}, 201))["url"]
        async with house.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("update invitations set expires_at = expires_at - interval '1 day'")
        browser = house.browser()
        pin = await browser.do("POST", "/auth/plex/pin", {"invitation": link.partition("#")[2]}, 201)
        await house.sandbox.claim(pin["code"], "alice")
        outcome = await settled(browser, pin["id"])
        assert outcome["status"] == "refused"
        assert "invit" in outcome["reason"]

    async def test_passwords_stay_on_until_an_admin_has_plex(self, house: House) -> None:
        admin = await house.local_admin()
        refused = await admin.do("PATCH", "/auth/policy", {"local_sign_in": False}, 409)
        assert refused["code"] == "POLICY_NOT_POSSIBLE"
        await house.resident("owner", role=Role.ADMIN)
        await admin.do("PATCH", "/auth/policy", {"local_sign_in": False})
        body = {"username": "admin", "password": "correct horse battery"}
        assert (await house.browser().do("POST", "/auth/login", body, 403))["code"] == "LOCAL_SIGN_IN_OFF"

    async def test_an_unused_invitation_is_withdrawn(self, house: House) -> None:
        admin = await house.resident("owner", role=Role.ADMIN)
        invitation = await admin.do("POST", "/auth/invitations", {}, 201)
        await admin.do("DELETE", f"/auth/invitations/{invitation['id']}", expect=204)
        await admin.do("DELETE", f"/auth/invitations/{invitation['id']}", expect=404)
        assert invitation["url"].partition("#")[2] not in str(await house.rows("select * from audit_log"))


class TestAudit:
    async def test_it_says_who_did_what_to_whom_from_where(self, house: House) -> None:
        admin, alice = await house.resident("owner", role=Role.ADMIN), await house.resident("alice")
        user_id = await id_of(alice)
        await admin.do("PATCH", f"/users/{user_id}", {"suspended": True})
        found = (await admin.get("/audit?action=user.changed"))["items"]
        assert len(found) == 1
        entry = found[0]
        assert (entry["actor"], entry["target"]) == (await id_of(admin), user_id)
        assert (entry["address"], entry["detail"]) == ("203.0.113.7", {"status": "suspended"})

    async def test_it_is_paged_and_exported_whole(self, house: House) -> None:
        admin = await house.resident("owner", role=Role.ADMIN)
        for _ in range(5):
            await admin.do("POST", "/auth/invitations", {}, 201)
        first = await admin.get("/audit?limit=3")
        second = await admin.get(f"/audit?limit=100&cursor={first['next_cursor']}")
        ids = [entry["id"] for entry in first["items"] + second["items"]]
        exported = await admin.call("GET", "/audit/export")
        assert exported.headers["content-type"] == "application/x-ndjson"
        assert [orjson.loads(line)["id"] for line in exported.content.splitlines()] == ids
        assert len(set(ids)) == 6

    @pytest.mark.parametrize("query", ["since=yesterday", "limit=0", "limit=101", "cursor=%00"])
    async def test_a_senseless_question_is_refused(self, house: House, query: str) -> None:
        admin = await house.resident("owner", role=Role.ADMIN)
        await admin.get(f"/audit?{query}", 422)
