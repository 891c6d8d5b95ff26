"""Forgetting a user, here and with the answers of the other domains."""

from uuid import UUID

import pytest

from medianest_common.contracts.auth import UserErased
from medianest_common.contracts.downloads import DownloadsUserErased
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.requests import RequestsUserErased
from medianest_common.contracts.status import StatusUserErased

from .house import Browser, House

ANSWERS: tuple[type[UserErased], ...] = (RequestsUserErased, DownloadsUserErased, StatusUserErased)


async def delete_alice(house: House) -> tuple[Browser, UUID]:
    admin, alice = await house.resident("owner", role=Role.ADMIN), await house.sign_in("alice")
    user_id = (await alice.get("/auth/me"))["id"]
    await alice.do("POST", "/auth/tokens", {"name": "alice's script", "permissions": ["profile:read"]}, expect=201)
    await admin.do("DELETE", f"/users/{user_id}", expect=202)
    await alice.get("/auth/me", 401)
    return admin, UUID(user_id)


def answer(kind: type[UserErased], user_id: UUID) -> UserErased:
    return kind(audience=("role:admin",), version=1, user_id=user_id)


async def test_nothing_personal_is_left_here_at_once(house: House) -> None:
    admin, user_id = await delete_alice(house)
    row = dict((await house.rows("select * from users where id = :id", id=user_id))[0])
    assert row["status"] == "erased"
    assert {row[name] for name in ("plex_id", "plex_username", "email", "avatar", "password_hash")} == {None}
    assert "alice" not in str({name: value for name, value in row.items() if name != "plex_token"})
    audited = await house.rows("select address from audit_log where actor = :id", id=str(user_id))
    assert audited
    assert {entry["address"] for entry in audited} == {None}
    assert await house.rows("select 1 from session_tokens where user_id = :id", id=user_id) == []
    for said, table in (("device", "sessions"), ("name", "api_tokens"), ("address_group", "sign_in_attempts")):
        assert {
            row[said] for row in await house.rows(f"select {said} from {table} where user_id = :id", id=user_id)
        } == {""}
    await admin.get(f"/users/{user_id}", 404)
    await admin.do("DELETE", f"/users/{user_id}", expect=404)
    house.clock.advance(days=1, seconds=1)
    await house.auth.services.upkeep.prune()
    for table in ("sessions", "api_tokens"):
        assert await house.rows(f"select 1 from {table} where user_id = :id", id=user_id) == []


async def test_the_others_are_told_with_a_tombstone_that_stays(house: House) -> None:
    _, user_id = await delete_alice(house)
    told = await house.facts("user.deleted")
    assert [fact["user_id"] for fact in told] == [str(user_id)]
    states = await house.facts(f"medianest-users.{user_id}")
    assert (states[-1]["status"], states[-1]["plex_id"]) == ("erased", None)


async def test_the_plex_token_goes_when_the_downloads_have_answered(house: House) -> None:
    _, user_id = await delete_alice(house)
    await house.auth.services.erasures.collect(answer(RequestsUserErased, user_id))
    reading = await house.as_service("downloader", "GET", f"/internal/plex-token/{user_id}")
    assert reading.status_code == 200
    await house.auth.services.erasures.collect(answer(DownloadsUserErased, user_id))
    row = (await house.rows("select plex_token, server_token from users where id = :id", id=user_id))[0]
    assert (row["plex_token"], row["server_token"]) == (None, None)
    signed_out = await house.sandbox.calls("/api/v2/users/signout")
    assert signed_out[-1]["headers"]["x-plex-token"].startswith("plex-alice-")


async def test_it_is_complete_when_all_have_answered_however_often(house: House) -> None:
    admin, user_id = await delete_alice(house)
    waiting = (await admin.get("/users/erasures"))["items"]
    assert waiting[0]["missing"] == ["downloads", "requests", "status"]
    for kind in ANSWERS:
        event = answer(kind, user_id)
        await house.auth.services.erasures.collect(event)
        await house.auth.services.erasures.collect(event)
        await house.auth.services.erasures.collect(answer(kind, user_id))
    done = (await admin.get("/users/erasures"))["items"][0]
    assert done["missing"] == []
    assert done["completed_at"] is not None
    assert len(await house.facts("evt.auth.user.erased")) == 1


async def test_who_has_not_answered_is_asked_again_after_an_hour(house: House) -> None:
    await delete_alice(house)
    assert await house.auth.services.erasures.ask_again() == 0
    house.clock.advance(minutes=61)
    assert await house.auth.services.erasures.ask_again() == 1
    assert await house.auth.services.erasures.ask_again() == 0
    assert len({fact["event_id"] for fact in await house.facts("user.deleted")}) == 2


async def test_the_same_person_comes_back_as_somebody_new(house: House) -> None:
    _, user_id = await delete_alice(house)
    alice = await house.sign_in("alice")
    assert (await alice.get("/auth/me"))["id"] != str(user_id)


@pytest.mark.parametrize("kind", ANSWERS)
async def test_an_answer_about_nobody_changes_nothing(house: House, kind: type[UserErased]) -> None:
    await house.auth.services.erasures.collect(answer(kind, UUID(int=7)))
    assert await house.rows("select 1 from erasure_answers") == []
