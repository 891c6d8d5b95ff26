"""Search, discovery and titles over HTTP, and what is left of them when Overseerr is away."""

import asyncio

import pytest

from medianest_requests.schemas import MediaDetail, MediaPage

from .conftest import World


class TestSearch:
    async def test_finds_the_four_of_them(self, world: World) -> None:
        async with world.http(world.people.alice) as http:
            answer = await http.get("/media/search", params={"query": "matrix"})
        page = MediaPage.model_validate(answer.json())
        assert [item.tmdb_id for item in page.items] == [603, 604, 605, 624860]
        assert not page.stale
        assert answer.headers["cache-control"] == "private, max-age=20"

    async def test_knows_what_one_asked_for_oneself_and_that_another_did(self, world: World) -> None:
        async with world.http(world.people.alice) as http:
            made = (await http.post("/requests", json={"media_type": "movie", "tmdb_id": 603})).json()
            own = (await http.get("/media/search?query=matrix")).json()["items"][0]
        async with world.http(world.people.bob) as http:
            others = (await http.get("/media/search?query=matrix")).json()["items"][0]
        assert own["request"] == {"id": made["id"], "status": "pending"}
        assert own["allowed"]["request"]["because"] == "You asked for it already."
        assert others["request"] is None
        assert (others["availability"], others["allowed"]["request"]["ok"]) == ("requested", False)

    @pytest.mark.parametrize("query", ["tom & jerry + 50%", "ü ß 漢字", "a/b?c#d", "x" * 200, "ﬃ" * 200])
    async def test_any_words_can_be_searched_for(self, world: World, query: str) -> None:
        async with world.http(world.people.alice) as http:
            assert (await http.get("/media/search", params={"query": query})).status_code == 200

    @pytest.mark.parametrize("query", ["", " ", "\x00", "x" * 201])
    async def test_no_words_are_a_problem(self, world: World, query: str) -> None:
        async with world.http(world.people.alice) as http:
            assert (await http.get("/media/search", params={"query": query})).status_code == 422

    async def test_many_at_once_ask_overseerr_once(self, world: World) -> None:
        async with world.http(world.people.alice) as http:
            answers = await asyncio.gather(*(http.get("/media/search?query=matrix") for _ in range(5)))
        assert {answer.status_code for answer in answers} == {200}
        assert len(world.sandbox.calls("GET", "/api/v1/search")) == 1


class TestWithOverseerrAway:
    async def test_the_last_good_answer_is_served_with_its_age(self, world: World) -> None:
        async with world.http(world.people.alice) as http:
            fresh = (await http.get("/media/search?query=matrix")).json()
            world.clock.go_on(hours=3)
            world.sandbox.fault("overseerr", "garbage")
            stale = (await http.get("/media/search?query=Matrix")).json()
        assert (stale["stale"], stale["as_of"], stale["items"]) == (True, fresh["as_of"], fresh["items"])

    async def test_it_outlives_the_process(self, world: World) -> None:
        async with world.http(world.people.alice) as http:
            await http.get("/media/movie/603")
            world.services.catalogue._titles._known.clear()
            world.sandbox.fault("overseerr", "garbage")
            detail = (await http.get("/media/movie/603")).json()
        assert (MediaDetail.model_validate(detail).title, detail["stale"]) == ("The Matrix", True)

    async def test_what_was_never_asked_for_is_a_503_that_names_who_is_away(self, world: World) -> None:
        world.sandbox.fault("overseerr", "garbage")
        async with world.http(world.people.alice) as http:
            answer = await http.get("/media/movie/603")
        assert (answer.status_code, answer.json()["service"]) == (503, "Overseerr")

    async def test_when_it_is_back_it_is_asked_again(self, world: World) -> None:
        world.sandbox.fault("overseerr", "garbage", times=2)
        async with world.http(world.people.alice) as http:
            assert (await http.get("/media/movie/603")).status_code == 503
            world.sandbox.behave()
            world.clock.go_on(seconds=11)
            assert (await http.get("/media/movie/603")).json()["stale"] is False

    async def test_not_set_up_is_said_plainly(self, world: World) -> None:
        world.parts.directory.integrations.values.clear()
        async with world.http(world.people.alice) as http:
            answer = await http.get("/media/search?query=matrix")
        assert (answer.status_code, answer.json()["code"]) == (503, "INTEGRATION_NOT_CONFIGURED")


class TestDetail:
    async def test_of_a_series_tells_each_season(self, world: World) -> None:
        async with world.http(world.people.alice) as http:
            before = MediaDetail.model_validate((await http.get("/media/tv/1399")).json())
            await http.post("/requests", json={"media_type": "tv", "tmdb_id": 1399, "seasons": [8]})
            after = MediaDetail.model_validate((await http.get("/media/tv/1399")).json())
        assert before.genres
        assert [season.requested for season in before.seasons] == [False] * len(before.seasons)
        assert [season.season_number for season in after.seasons if season.requested] == [8]

    @pytest.mark.parametrize("kind", ["trending", "movies", "series", "upcoming-movies", "upcoming-series"])
    async def test_every_list_has_something(self, world: World, kind: str) -> None:
        async with world.http(world.people.alice) as http:
            assert MediaPage.model_validate((await http.get(f"/media/discover/{kind}")).json()).items

    @pytest.mark.parametrize("path", ["movie/0", "movie/x", "person/1", "discover/nothing"])
    async def test_what_there_is_not_is_a_problem(self, world: World, path: str) -> None:
        async with world.http(world.people.alice) as http:
            answer = await http.get(f"/media/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
