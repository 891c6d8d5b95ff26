"""Asking for films and seasons."""

import asyncio
from typing import Any

import httpx2
import pytest

from medianest_requests.schemas import RequestRead

from .conftest import World, WorldWith
from .stand_ins import Person

MATRIX = {"media_type": "movie", "tmdb_id": 603}


async def ask(world: World, person: Person, body: dict[str, Any], key: str | None = None) -> httpx2.Response:
    async with world.http(person) as http:
        return await http.post("/requests", json=body, headers={} if key is None else {"Idempotency-Key": key})


class TestAsk:
    async def test_makes_a_pending_request_and_says_so_to_its_owner_and_those_who_decide(self, world: World) -> None:
        alice = world.people.alice
        answer = await ask(world, alice, MATRIX)
        assert answer.status_code == 201
        made = RequestRead.model_validate(answer.json())
        assert (made.title, made.year, made.status, made.version) == ("The Matrix", 1999, "pending", 1)
        assert answer.headers["location"] == f"/api/v1/requests/{made.id}"
        assert [step.step for step in made.timeline] == ["asked"]
        event = (await world.events())[0]
        assert (event["type"], event["audience"], event["version"]) == (
            "request.created",
            [str(alice.id), "role:admin"],
            1,
        )
        assert "title" not in event

    async def test_a_user_with_the_switch_is_approved_automatically(self, world: World) -> None:
        world.know(world.people.alice, auto_approve=True)
        made = (await ask(world, world.people.alice, MATRIX)).json()
        assert made["status"] == "approved"
        assert made["timeline"][-1] == made["timeline"][-1] | {"step": "approved", "cause": "Approved automatically."}
        assert await world.said() == ["request.created", "request.approved"]

    async def test_a_suspended_user_asks_for_nothing(self, world: World) -> None:
        world.know(world.people.alice, status="suspended")
        assert (await ask(world, world.people.alice, MATRIX)).status_code == 403

    async def test_who_decides_needs_nobodys_yes(self, world: World) -> None:
        assert (await ask(world, world.people.owner, MATRIX)).json()["status"] == "approved"

    async def test_where_overseerr_decides_it_is_sent_at_once(self, world_with: WorldWith) -> None:
        world = await world_with(approval="overseerr")
        assert (await ask(world, world.people.alice, MATRIX)).json()["status"] == "approved"

    async def test_asks_for_every_season_nobody_has(self, world: World) -> None:
        series = {"media_type": "tv", "tmdb_id": 1399}
        detail = (await world.http(world.people.alice).get("/media/tv/1399")).json()
        open_ones = [s["season_number"] for s in detail["seasons"] if s["availability"] == "unknown"]
        assert (await ask(world, world.people.alice, series)).json()["seasons"] == open_ones

    async def test_a_season_the_series_has_not_is_refused(self, world: World) -> None:
        answer = await ask(world, world.people.alice, {"media_type": "tv", "tmdb_id": 1399, "seasons": [99]})
        assert (answer.status_code, answer.json()["code"]) == (422, "SEASONS_NOT_FOUND")

    async def test_what_is_in_plex_is_not_asked_for(self, world: World) -> None:
        answer = await ask(world, world.people.alice, {"media_type": "movie", "tmdb_id": 679})
        assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_AVAILABLE")

    @pytest.mark.parametrize(
        "body",
        [
            {"media_type": "person", "tmdb_id": 1},
            {"media_type": "movie", "tmdb_id": 0},
            {"media_type": "movie", "tmdb_id": 1, "title": "a\u0000b"},
            {"media_type": "tv", "tmdb_id": 1, "seasons": []},
            {"media_type": "tv", "tmdb_id": 1, "seasons": [0]},
        ],
    )
    async def test_nonsense_is_a_problem_and_makes_nothing(self, world: World, body: dict[str, Any]) -> None:
        answer = await ask(world, world.people.alice, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_FAILED")
        assert await world.sql("select 1 from media_requests") == []


class TestDuplicates:
    async def test_ones_own_is_named(self, world: World) -> None:
        first = (await ask(world, world.people.alice, MATRIX)).json()
        again = await ask(world, world.people.alice, MATRIX)
        assert (again.status_code, again.json()["code"]) == (409, "ALREADY_REQUESTED")
        assert again.json()["request_id"] == first["id"]

    async def test_anothers_is_not(self, world: World) -> None:
        await ask(world, world.people.alice, MATRIX)
        again = await ask(world, world.people.bob, MATRIX)
        assert again.status_code == 409
        assert again.json()["detail"] == "Somebody asked for it already."
        assert "request_id" not in again.json()

    async def test_two_at_the_same_moment_make_one(self, world: World) -> None:
        people = [world.people.alice, world.people.bob] * 3
        answers = await asyncio.gather(*(ask(world, person, MATRIX) for person in people))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
        assert len(await world.sql("select 1 from media_requests")) == 1

    async def test_of_a_series_only_the_seasons_left_are_asked_for(self, world: World) -> None:
        series = {"media_type": "tv", "tmdb_id": 1399}
        detail = (await world.http(world.people.alice).get("/media/tv/1399")).json()
        first, second, *_ = [s["season_number"] for s in detail["seasons"] if s["availability"] == "unknown"]
        await ask(world, world.people.alice, series | {"seasons": [first]})
        left = await ask(world, world.people.bob, series | {"seasons": [first, second]})
        assert left.json()["seasons"] == [second]
        assert (await ask(world, world.people.bob, series | {"seasons": [first]})).status_code == 409


class TestIdempotencyKey:
    async def test_the_same_key_yields_the_same_request(self, world: World) -> None:
        first, again = [await ask(world, world.people.alice, MATRIX, key="k-1") for _ in range(2)]
        assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
        assert await world.said() == ["request.created"]

    async def test_calls_at_the_same_moment_make_one(self, world: World) -> None:
        answers = await asyncio.gather(*(ask(world, world.people.alice, MATRIX, key="k") for _ in range(4)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["id"] for answer in answers}) == 1

    async def test_for_another_wish_it_is_refused(self, world: World) -> None:
        await ask(world, world.people.alice, MATRIX, key="k-1")
        other = await ask(world, world.people.alice, MATRIX | {"tmdb_id": 604}, key="k-1")
        assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")

    async def test_another_users_key_is_another_key(self, world: World) -> None:
        await ask(world, world.people.alice, MATRIX, key="k-1")
        other = await ask(world, world.people.bob, MATRIX | {"tmdb_id": 604}, key="k-1")
        assert other.status_code == 201


class TestQuota:
    async def test_is_used_up_and_free_again_a_window_later(self, world_with: WorldWith) -> None:
        world = await world_with(movie_quota=1)
        await ask(world, world.people.alice, MATRIX)
        refused = await ask(world, world.people.alice, MATRIX | {"tmdb_id": 604})
        assert (refused.status_code, refused.json()["code"]) == (429, "REQUEST_QUOTA_EXCEEDED")
        assert refused.json()["quota"]["used"] == 1
        assert 0 < int(refused.headers["retry-after"]) <= 7 * 86_400
        world.clock.go_on(days=8)
        assert (await ask(world, world.people.alice, MATRIX | {"tmdb_id": 604})).status_code == 201

    async def test_parallel_wishes_do_not_slip_past_it(self, world_with: WorldWith) -> None:
        world = await world_with(movie_quota=2)
        wishes = [MATRIX | {"tmdb_id": number} for number in (603, 604, 605, 624860)]
        answers = await asyncio.gather(*(ask(world, world.people.alice, wish) for wish in wishes))
        assert sorted(answer.status_code for answer in answers) == [201, 201, 429, 429]

    async def test_ones_own_limit_comes_before_the_suites(self, world_with: WorldWith) -> None:
        world = await world_with(movie_quota=1)
        world.know(world.people.alice, movie_quota=2)
        await ask(world, world.people.alice, MATRIX)
        assert (await ask(world, world.people.alice, MATRIX | {"tmdb_id": 604})).status_code == 201

    async def test_series_count_by_their_seasons(self, world_with: WorldWith) -> None:
        world = await world_with(series_quota=1)
        refused = await ask(world, world.people.alice, {"media_type": "tv", "tmdb_id": 1399})
        assert refused.json()["code"] == "REQUEST_QUOTA_EXCEEDED"

    async def test_is_told_in_the_detail(self, world_with: WorldWith) -> None:
        world = await world_with(movie_quota=1)
        await ask(world, world.people.alice, MATRIX)
        async with world.http(world.people.alice) as http:
            detail = (await http.get("/media/movie/604")).json()
        assert (detail["quota"]["used"], detail["quota"]["limit"]) == (1, 1)
        assert detail["allowed"]["request"] == {"ok": False, "because": "You have used 1 of 1."}


class TestWithOverseerrAway:
    async def test_a_title_and_an_id_are_enough(self, world: World) -> None:
        world.sandbox.fault("overseerr", "down")
        made = await ask(world, world.people.alice, MATRIX | {"title": "The Matrix"})
        assert (made.status_code, made.json()["title"]) == (201, "The Matrix")

    async def test_without_a_title_nobody_knows_what_is_meant(self, world: World) -> None:
        world.sandbox.fault("overseerr", "down")
        refused = await ask(world, world.people.alice, MATRIX)
        assert (refused.status_code, refused.json()["code"]) == (422, "TITLE_NEEDED")

    async def test_what_was_looked_at_before_is_known(self, world: World) -> None:
        async with world.http(world.people.bob) as http:
            await http.get("/media/movie/603")
        world.clock.go_on(minutes=30)
        world.sandbox.fault("overseerr", "down")
        assert (await ask(world, world.people.alice, MATRIX)).json()["title"] == "The Matrix"
