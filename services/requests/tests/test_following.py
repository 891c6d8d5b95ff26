"""Following Overseerr: webhooks, comparison, adoption."""

from typing import Any

import httpx2
import pytest

from .conftest import World, WorldWith
from .stand_ins import WEBHOOK_SECRET, Person
from .test_submitting import approved


async def hook(world: World, body: Any, secret: str | None = WEBHOOK_SECRET) -> httpx2.Response:
    headers = {} if secret is None else {"Authorization": secret}
    async with world.http() as http:
        return await http.post("/webhooks/overseerr", json=body, headers=headers)


def available(number: Any) -> dict[str, Any]:
    return {
        "notification_type": "MEDIA_AVAILABLE",
        "media": {"media_type": "movie", "tmdbId": "603", "status": "AVAILABLE"},
        "request": {"request_id": str(number)},
        "extra": [],
    }


async def sent(world: World, person: Person) -> tuple[str, int]:
    """A request that Overseerr has, by our id and by its number."""
    request_id = await approved(world, person)
    await world.submit_all()
    return request_id, (await world.request(request_id))["overseerr_id"]


def make_there(world: World, user: int | None, number: int = 603) -> dict[str, Any]:
    body = {"mediaType": "movie", "mediaId": number, "is4k": False}
    made: dict[str, Any] = world.sandbox.overseerr("POST", "request", body, user=user)
    return made


class TestWebhook:
    async def test_moves_the_request_to_where_it_stands(self, world: World) -> None:
        request_id, number = await sent(world, world.people.alice)
        world.sandbox.control("POST", "/overseerr/media/movie/603/available")
        assert (await hook(world, available(number))).status_code == 204
        await world.services.webhooks.look_into()
        ours = await world.request(request_id)
        assert (ours["status"], ours["completed_at"] is not None) == ("available", True)
        assert (await world.said())[-1] == "request.became_available"

    async def test_the_same_twice_is_said_once(self, world: World) -> None:
        _, number = await sent(world, world.people.alice)
        world.sandbox.control("POST", "/overseerr/media/movie/603/available")
        for _ in range(2):
            await hook(world, available(number))
            await world.services.webhooks.look_into()
        assert (await world.said()).count("request.became_available") == 1

    async def test_its_body_proves_nothing(self, world: World) -> None:
        request_id, number = await sent(world, world.people.alice)
        await hook(world, available(number))
        await world.services.webhooks.look_into()
        assert (await world.request(request_id))["status"] == "processing"

    @pytest.mark.parametrize("secret", [None, "", "wrong", WEBHOOK_SECRET + "x", f"Bearer {WEBHOOK_SECRET}"])
    async def test_without_the_secret_nothing_is_kept(self, world: World, secret: str | None) -> None:
        assert (await hook(world, available(1), secret)).status_code == 403
        assert await world.sql("select 1 from webhook_receipts") == []

    async def test_without_a_secret_set_nobody_may_call(self, world_with: WorldWith) -> None:
        world = await world_with(overseerr_webhook_secret=None)
        assert (await hook(world, available(1), "")).status_code == 403

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"notification_type": "TEST_NOTIFICATION", "media": None, "request": None},
            {"notification_type": 7, "request": [1]},
            {"request": {"request_id": ""}},
            {"request": {"request_id": "٣"}},
            {"request": {"request_id": "9" * 40}},
        ],
    )
    async def test_a_body_that_somebody_edited_is_taken_as_a_hint_at_most(self, world: World, body: Any) -> None:
        assert (await hook(world, body)).status_code == 204
        await world.services.webhooks.look_into()
        assert await world.sql("select 1 from webhook_receipts where handled_at is null") == []

    async def test_a_hint_outlives_an_outage(self, world: World) -> None:
        request_id, number = await sent(world, world.people.alice)
        world.sandbox.control("POST", "/overseerr/media/movie/603/available")
        world.sandbox.fault("overseerr", "garbage")
        await hook(world, available(number))
        await world.services.webhooks.look_into()
        assert (await world.request(request_id))["status"] == "processing"
        world.sandbox.behave()
        world.clock.go_on(seconds=61)
        await world.services.webhooks.look_into()
        assert (await world.request(request_id))["status"] == "available"


class TestComparison:
    async def test_finds_what_a_webhook_missed_and_says_it_once(self, world: World) -> None:
        request_id, _ = await sent(world, world.people.alice)
        world.sandbox.control("POST", "/overseerr/media/movie/603/available")
        for _ in range(2):
            world.clock.go_on(seconds=61)
            await world.services.reconciling.turn()
        assert (await world.request(request_id))["status"] == "available"
        assert (await world.said()).count("request.became_available") == 1

    async def test_that_it_works_again_shows_that_overseerr_is_back(self, world: World) -> None:
        request_id = await approved(world, world.people.alice)
        world.sandbox.fault("overseerr", "garbage")
        await world.submit_all()
        await world.services.reconciling.turn()
        world.sandbox.behave()
        await world.services.reconciling.soon()
        await world.services.reconciling.turn()
        await world.submit_all()
        assert (await world.request(request_id))["status"] == "processing"

    async def test_is_made_by_one_replica_at_a_time(self, world: World) -> None:
        await world.services.reconciling.turn()
        before = len(world.sandbox.calls("GET", "/api/v1/request"))
        await world.services.reconciling.turn()
        assert len(world.sandbox.calls("GET", "/api/v1/request")) == before
        await world.services.reconciling.soon()
        await world.services.reconciling.turn()
        assert len(world.sandbox.calls("GET", "/api/v1/request")) > before

    async def test_a_request_deleted_there_is_removed_here(self, world: World) -> None:
        request_id, number = await sent(world, world.people.alice)
        world.sandbox.overseerr("DELETE", f"request/{number}")
        world.clock.go_on(seconds=61)
        await world.services.reconciling.turn()
        removed = await world.request(request_id)
        assert (removed["status"], "deleted in Overseerr" in removed["status_reason"]) == ("removed", True)

    async def test_one_that_arrived_stays_when_its_request_is_tidied_away_there(self, world: World) -> None:
        request_id, number = await sent(world, world.people.alice)
        world.sandbox.control("POST", "/overseerr/media/movie/603/available")
        await world.services.reconciling.look_at(number)
        world.sandbox.overseerr("DELETE", f"request/{number}")
        await world.services.reconciling.look_at(number)
        assert (await world.request(request_id))["status"] == "available"

    async def test_a_title_taken_out_of_the_library_is_removed(self, world: World) -> None:
        request_id, number = await sent(world, world.people.alice)
        for state in ("available", "deleted"):
            world.sandbox.control("POST", f"/overseerr/media/movie/603/{state}")
            await world.services.reconciling.look_at(number)
        assert (await world.request(request_id))["status"] == "removed"

    async def test_overseerr_is_asked_the_way_its_first_line_understands(self, world: World) -> None:
        world.sandbox.control("POST", "/overseerr/mode", {"mode": "overseerr-1.34"})
        request_id, _ = await sent(world, world.people.alice)
        world.sandbox.control("POST", "/overseerr/media/movie/603/available")
        await world.services.reconciling.turn()
        assert (await world.request(request_id))["status"] == "available"

    async def test_nobody_approves_twice(self, world: World) -> None:
        request_id = await approved(world, world.people.alice)
        made = make_there(world, user=2)
        await world.services.reconciling.look_at(made["id"])
        assert (await world.request(request_id))["status"] == "processing"
        assert world.sandbox.requests()[0]["status"] == 2


class TestAdoption:
    async def test_a_request_made_in_overseerr_is_its_askers_here_too(self, world: World) -> None:
        made = make_there(world, user=2)
        await world.services.reconciling.turn()
        async with world.http(world.people.alice) as http:
            (ours,) = (await http.get("/requests")).json()["items"]
        assert (ours["title"], ours["status"], ours["overseerr_id"]) == ("The Matrix", "pending", made["id"])
        assert ours["timeline"][0]["cause"] == "Asked for in Overseerr."
        assert await world.said() == ["request.created"]

    async def test_twice_makes_one(self, world: World) -> None:
        make_there(world, user=2)
        for _ in range(2):
            world.clock.go_on(seconds=61)
            await world.services.reconciling.turn()
        assert len(await world.sql("select 1 from media_requests")) == 1

    async def test_of_people_we_do_not_know_nothing_is_adopted(self, world: World) -> None:
        world.parts.directory.users.values.pop(str(world.people.alice.id))
        make_there(world, user=2)
        await world.services.reconciling.turn()
        assert await world.sql("select 1 from media_requests") == []

    async def test_a_decision_here_is_carried_there(self, world: World) -> None:
        for number in (603, 604):
            make_there(world, user=2, number=number)
        await world.services.reconciling.turn()
        rows = {row["tmdb_id"]: row["id"] for row in await world.sql("select id, tmdb_id from media_requests")}
        async with world.http(world.people.owner) as http:
            assert (await http.post(f"/requests/{rows[603]}/approve")).status_code == 200
            assert (await http.post(f"/requests/{rows[604]}/decline")).status_code == 200
        await world.submit_all()
        assert {there["media"]["tmdbId"]: there["status"] for there in world.sandbox.requests()} == {603: 2, 604: 3}
        assert (await world.request(rows[603]))["status"] == "processing"

    async def test_when_overseerr_was_set_up_anew_its_numbers_mean_others(self, world: World) -> None:
        request_id, number = await sent(world, world.people.alice)
        world.sandbox.control("POST", "/reset")
        made = make_there(world, user=2, number=604)
        assert made["id"] == number
        await world.services.reconciling.turn()
        rows = await world.sql("select tmdb_id, overseerr_id from media_requests order by tmdb_id")
        assert [(row["tmdb_id"], row["overseerr_id"]) for row in rows] == [(603, None), (604, number)]
        assert (await world.request(request_id))["status"] == "processing"
