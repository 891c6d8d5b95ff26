"""Following by its routes: beginning, changing, ending."""

from typing import Any
from uuid import UUID

import pytest

from medianest_common.contracts.permissions import Role
from medianest_common.ids import uuid7
from medianest_common.inbox import mark_erased
from medianest_downloader.models import Follow

from .conftest import Suite
from .test_scheduling import execute

BASE = "/api/v1/downloads/follows"
URL = "https://youtu.be/x?do=ok"


async def followed(suite: Suite, user: UUID, **body: object) -> dict[str, object]:
    answer = await suite.http.post(BASE, json={"url": URL} | body, headers=suite.as_user(user))
    assert answer.status_code == 201, answer.text
    read: dict[str, object] = (await suite.http.get(answer.headers["location"], headers=suite.as_user(user))).json()
    return read


class TestCreate:
    async def test_begins_with_sensible_values_and_is_due_at_once(self, suite: Suite, user: UUID) -> None:
        read = await followed(suite, user)
        assert (read["status"], read["every_hours"], read["start"], read["preset"]) == ("active", 6, "new", "1080p")
        assert (read["keep_last"], read["keep_days"], read["problem"], read["download_id"]) == (None, None, None, None)
        assert await suite.rows.facts() == ["medianest.evt.downloads.follow.created.v1"]

    async def test_the_same_key_yields_the_same_follow_and_another_body_a_conflict(
        self, suite: Suite, user: UUID
    ) -> None:
        headers = suite.as_user(user) | {"Idempotency-Key": "k1"}
        first, again = [(await suite.http.post(BASE, json={"url": URL}, headers=headers)).json() for _ in range(2)]
        assert first["id"] == again["id"]
        other = await suite.http.post(BASE, json={"url": URL, "keep_last": 3}, headers=headers)
        assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")

    async def test_the_same_address_is_followed_once_by_one_user_and_by_others_too(
        self, suite: Suite, user: UUID
    ) -> None:
        read = await followed(suite, user)
        again = await suite.http.post(BASE, json={"url": URL}, headers=suite.as_user(user))
        assert (again.status_code, again.json()["code"], again.json()["follow_id"]) == (
            409,
            "FOLLOWED_ALREADY",
            read["id"],
        )
        await followed(suite, uuid7())

    async def test_nobody_follows_more_than_is_allowed(self, suite: Suite, user: UUID) -> None:
        async with suite.rows.work() as work:
            for number in range(50):
                work.follows.add(make_follow(user, url=f"https://youtu.be/{number}", next_check_at=await work.now()))
        answer = await suite.http.post(BASE, json={"url": URL}, headers=suite.as_user(user))
        assert answer.status_code == 409
        assert "50" in answer.json()["detail"]

    @pytest.mark.parametrize(
        "body",
        [{"url": "https://example.org/x"}, {"every_hours": 0}, {"every_hours": 169}, {"keep_last": 0}, {"start": "x"}],
    )
    async def test_what_makes_no_sense_is_refused(self, suite: Suite, user: UUID, body: dict[str, object]) -> None:
        answer = await suite.http.post(BASE, json={"url": URL} | body, headers=suite.as_user(user))
        assert answer.status_code == 422

    async def test_an_erased_user_follows_nothing(self, suite: Suite, user: UUID) -> None:
        async with suite.rows.work() as work:
            await mark_erased(work.session, user)
        assert (await suite.http.post(BASE, json={"url": URL}, headers=suite.as_user(user))).status_code == 403


class TestOthers:
    async def test_another_users_follow_is_not_there(self, suite: Suite, user: UUID) -> None:
        read = await followed(suite, user)
        path, other = f"{BASE}/{read['id']}", suite.as_user(uuid7())
        answers = [
            await suite.http.get(path, headers=other),
            await suite.http.patch(path, json={"every_hours": 1}, headers=other),
            await suite.http.delete(path, headers=other),
            await suite.http.post(f"{path}/check", headers=other),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "FOLLOW_NOT_FOUND")] * 4
        assert (await suite.http.get(BASE, headers=other)).json()["items"] == []

    async def test_only_an_administrator_lists_everybodys(self, suite: Suite, user: UUID) -> None:
        await followed(suite, user)
        everything = {"scope": "all"}
        assert (await suite.http.get(BASE, params=everything, headers=suite.as_user(user))).status_code == 403
        admin = suite.as_user(uuid7(), Role.ADMIN)
        assert len((await suite.http.get(BASE, params=everything, headers=admin)).json()["items"]) == 1

    async def test_a_list_is_read_page_by_page(self, suite: Suite, user: UUID) -> None:
        made = [(await followed(suite, user, url=f"{URL}&n={number}"))["id"] for number in range(3)]
        first = (await suite.http.get(BASE, params={"limit": "2"}, headers=suite.as_user(user))).json()
        rest = {"limit": "2", "cursor": first["next_cursor"]}
        second = (await suite.http.get(BASE, params=rest, headers=suite.as_user(user))).json()
        assert [entry["id"] for entry in first["items"] + second["items"]] == made[::-1]
        assert second["next_cursor"] is None


class TestChange:
    async def test_takes_what_is_given_and_leaves_the_rest(self, suite: Suite, user: UUID) -> None:
        read = await followed(suite, user, keep_last=5, collection="Mine")
        body = {"every_hours": 12, "preset": "720p", "keep_last": None, "keep_days": 9, "subtitles": ["en"]}
        answer = await suite.http.patch(f"{BASE}/{read['id']}", json=body, headers=suite.as_user(user))
        changed = answer.json()
        assert {name: changed[name] for name in body} == body
        assert (changed["collection"], changed["version"]) == ("Mine", 2)
        assert (await suite.rows.facts())[-1] == "medianest.evt.downloads.follow.changed.v1"

    async def test_pauses_and_goes_on(self, suite: Suite, user: UUID) -> None:
        path = f"{BASE}/{(await followed(suite, user))['id']}"
        paused = (await suite.http.patch(path, json={"paused": True}, headers=suite.as_user(user))).json()
        assert (paused["status"], paused["next_check_at"]) == ("paused", None)
        assert [name for name, action in paused["allowed"].items() if action["ok"]] == ["resume", "delete"]
        refused = await suite.http.post(f"{path}/check", headers=suite.as_user(user))
        assert (refused.status_code, refused.json()["code"]) == (409, "DOWNLOAD_ACTION_NOT_POSSIBLE")
        resumed = (await suite.http.patch(path, json={"paused": False}, headers=suite.as_user(user))).json()
        assert resumed["status"] == "active"
        assert resumed["next_check_at"] is not None

    async def test_sound_does_not_become_picture(self, suite: Suite, user: UUID) -> None:
        read = await followed(suite, user)
        answer = await suite.http.patch(f"{BASE}/{read['id']}", json={"preset": "m4a"}, headers=suite.as_user(user))
        assert (answer.status_code, answer.json()["code"]) == (409, "DOWNLOAD_ACTION_NOT_POSSIBLE")

    async def test_null_is_refused_where_it_means_nothing(self, suite: Suite, user: UUID) -> None:
        read = await followed(suite, user)
        answer = await suite.http.patch(f"{BASE}/{read['id']}", json={"preset": None}, headers=suite.as_user(user))
        assert answer.status_code == 422


class TestCheck:
    async def test_is_due_at_once_but_not_within_a_minute_of_the_last(self, suite: Suite, user: UUID) -> None:
        read = await followed(suite, user)
        await execute(
            suite.rows,
            "update follows set last_checked_at = now() - interval '20 s', next_check_at = now() + interval '5 h'",
        )
        await suite.http.post(f"{BASE}/{read['id']}/check", headers=suite.as_user(user))
        async with suite.rows.work() as work:
            follow = await work.follows.get(UUID(str(read["id"])))
            now = await work.now()
        assert follow is not None
        assert 30 < (follow.next_check_at - now).total_seconds() <= 41


class TestDelete:
    async def test_leaves_nothing_to_check(self, suite: Suite, user: UUID) -> None:
        path = f"{BASE}/{(await followed(suite, user))['id']}"
        assert (await suite.http.delete(path, headers=suite.as_user(user))).status_code == 204
        assert (await suite.http.get(path, headers=suite.as_user(user))).status_code == 404
        assert (await suite.rows.facts())[-1] == "medianest.evt.downloads.follow.ended.v1"


def make_follow(user: UUID, **more: Any) -> Follow:
    values: dict[str, Any] = {"url": URL, "options": {}, "every_hours": 6, "takes_all": False}
    return Follow(user_id=user, **(values | more))


async def test_the_audit_log_hears_what_an_administrator_does_to_another_s(suite: Suite, user: UUID) -> None:
    admin, follow_id = suite.as_user(uuid7(), Role.ADMIN), (await followed(suite, user))["id"]
    path = f"{BASE}/{follow_id}"
    assert (await suite.http.patch(path, json={"paused": True}, headers=suite.as_user(user))).status_code == 200
    assert await suite.rows.noted() == []
    assert (await suite.http.patch(path, json={"paused": False}, headers=admin)).status_code == 200
    assert (await suite.http.post(f"{path}/check", headers=admin)).status_code == 200
    assert (await suite.http.delete(path, headers=admin)).status_code == 204
    done = ("follow.changed", "follow.checked", "follow.ended")
    assert await suite.rows.noted() == [(action, follow_id, "127.0.0.1") for action in done]
