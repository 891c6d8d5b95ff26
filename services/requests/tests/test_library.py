"""The library as each sees it, and pictures."""

import io
from typing import Any

import pytest
from PIL import Image

from medianest_requests.schemas import LibraryPage, LibrarySections

from .conftest import World
from .stand_ins import Person


async def get(world: World, person: Person, path: str) -> tuple[int, Any]:
    async with world.http(person) as http:
        answer = await http.get(path)
    return answer.status_code, answer.json()


class TestLibrary:
    async def test_shows_what_is_shared_and_nothing_else(self, world: World) -> None:
        _, alices = await get(world, world.people.alice, "/library/sections")
        _, kids = await get(world, world.people.kid, "/library/sections")
        assert [section.title for section in LibrarySections.model_validate(alices).items][:2] == ["Movies", "TV Shows"]
        assert [section["key"] for section in kids["items"]] == ["1"]
        assert (await get(world, world.people.kid, "/library/sections/2/items"))[0] == 404

    async def test_search_holds_the_callers_restrictions(self, world: World) -> None:
        _, series = await get(world, world.people.alice, "/library/sections/2/items?limit=1")
        words = series["items"][0]["title"]
        _, alices = await get(world, world.people.alice, f"/library/search?query={words}")
        _, kids = await get(world, world.people.kid, f"/library/search?query={words}")
        assert words in [item["title"] for item in LibraryPage.model_validate(alices).model_dump()["items"]]
        assert words not in [item["title"] for item in kids["items"]]

    async def test_pages_through_a_library_once(self, world: World) -> None:
        seen: list[str] = []
        path: str | None = "/library/sections/1/items?limit=40"
        while path:
            _, page = await get(world, world.people.alice, path)
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            path = f"/library/sections/1/items?limit=40&cursor={cursor}" if cursor else None
        assert len(seen) == len(set(seen)) == page["total"]

    async def test_recently_added_is_newest_first(self, world: World) -> None:
        _, page = await get(world, world.people.alice, "/library/recently-added?limit=10")
        times = [item["added_at"] for item in page["items"]]
        assert len(times) == 10
        assert times == sorted(times, reverse=True)

    async def test_collections_of_all_libraries_come_together(self, world: World) -> None:
        status, page = await get(world, world.people.alice, "/library/collections")
        assert (status, page["next_cursor"]) == (200, None)

    async def test_who_has_no_access_is_told_so(self, world: World) -> None:
        status, problem = await get(world, world.people.mallory, "/library/sections")
        assert (status, problem["code"]) == (403, "LIBRARY_NOT_SHARED")

    async def test_an_admin_without_plex_sees_it_as_its_owner(self, world: World) -> None:
        assert (await get(world, world.people.admin, "/library/sections"))[0] == 200

    async def test_while_plex_is_away_ones_own_last_answer_is_served_for_a_week(self, world: World) -> None:
        _, fresh = await get(world, world.people.alice, "/library/sections")
        world.sandbox.fault("plex", "garbage")
        world.clock.go_on(days=6)
        _, stale = await get(world, world.people.alice, "/library/sections")
        assert (stale["stale"], stale["items"]) == (True, fresh["items"])
        assert (await get(world, world.people.bob, "/library/sections"))[0] == 503
        world.clock.go_on(days=2)
        assert (await get(world, world.people.alice, "/library/sections"))[0] == 503

    async def test_no_answer_holds_a_token_or_the_servers_address(self, world: World) -> None:
        for path in ("sections", "sections/1/items", "recently-added", "search?query=a", "collections"):
            async with world.http(world.people.alice) as http:
                text = (await http.get(f"/library/{path}")).text
            assert "server-alice" not in text
            assert world.sandbox.base_url not in text

    @pytest.mark.parametrize("key", ["..", "1%2Fall", "x", "1?token=1"])
    async def test_a_section_is_a_number(self, world: World, key: str) -> None:
        assert (await get(world, world.people.alice, f"/library/sections/{key}/items"))[0] in (404, 422)


async def picture(world: World, person: Person, path: str) -> tuple[int, bytes]:
    async with world.http(person) as http:
        answer = await http.get(path.removeprefix("/api/v1"))
    return answer.status_code, answer.content


class TestArtwork:
    async def test_a_poster_comes_small_as_webp_and_is_kept(self, world: World) -> None:
        path = "/media/artwork/poster/poster-603.jpg?width=150"
        status, body = await picture(world, world.people.alice, path)
        with Image.open(io.BytesIO(body)) as image:
            assert (status, image.format, image.width) == (200, "WEBP", 154)
        world.sandbox.fault("overseerr", "down")
        assert await picture(world, world.people.bob, path) == (200, body)

    async def test_one_that_the_browser_has_is_not_sent_again(self, world: World) -> None:
        async with world.http(world.people.alice) as http:
            first = await http.get("/media/artwork/poster/poster-603.jpg")
            again = await http.get(
                "/media/artwork/poster/poster-603.jpg", headers={"If-None-Match": first.headers["etag"]}
            )
        assert (again.status_code, again.content) == (304, b"")

    async def test_thumbs_of_the_library_are_seen_by_who_may_see_the_item(self, world: World) -> None:
        _, page = await get(world, world.people.alice, "/library/sections/2/items?limit=1")
        thumb = page["items"][0]["thumb_url"]
        assert (await picture(world, world.people.alice, thumb))[0] == 200
        assert (await picture(world, world.people.kid, thumb))[0] == 404
        assert (await picture(world, world.people.mallory, thumb))[0] == 403

    @pytest.mark.parametrize(
        "path",
        [
            "poster/http://127.0.0.1/x.jpg",
            "poster/..%2F..%2Fsettings%2Fpublic",
            "poster/a/b.jpg",
            "plex/identity",
            "plex/library/../identity",
            "plex/library%2F..%2F..%2Fidentity",
            "plex/photo/:/transcode",
            "plex//evil.test/x.jpg",
        ],
    )
    async def test_no_other_address_can_be_reached_through_it(self, world: World, path: str) -> None:
        status, _ = await picture(world, world.people.alice, f"/media/artwork/{path}")
        assert status == 404
        for system in ("overseerr", "plex", "tmdb"):
            assert world.sandbox.control("GET", f"/calls?system={system}")["items"] == []

    async def test_what_is_no_picture_is_not_passed_on(self, world: World) -> None:
        world.sandbox.fault("plex", "garbage")
        status, _ = await picture(world, world.people.alice, "/media/artwork/plex/library/metadata/1/thumb/1")
        assert status == 404
