"""What goes to Overseerr and what is made of its answers."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx2
import pytest

from medianest_common.contracts.requests import MediaType
from medianest_common.errors import UpstreamOpen, UpstreamRefused, UpstreamUnavailable
from medianest_common.http import OutsideClient
from medianest_requests.clients.overseerr import OverseerrClient, Refused, did_its_part
from medianest_requests.domain.connections import Connection
from medianest_requests.domain.overseerr import Media, RequestThere, There
from medianest_requests.domain.submitting import Refusal
from medianest_requests.errors import TitleUnavailable

Answer = Callable[[httpx2.Request], httpx2.Response]


def client(answer: Answer) -> OverseerrClient:
    outside = OutsideClient("Overseerr", transport=httpx2.MockTransport(answer), is_answer=did_its_part)
    return OverseerrClient(outside, lambda: Connection("http://overseerr.test", "the-key"))


def answering(status: int, body: Any) -> Answer:
    return lambda _: httpx2.Response(status, json=body)


MADE = {
    "type": "tv",
    "id": 12,
    "status": 1,
    "is4k": False,
    "media": {
        "tmdbId": 66,
        "status": 2,
        "status4k": 1,
        "mediaType": "tv",
        "seasons": [{"seasonNumber": 1, "status": 2}],
    },
    "seasons": [{"id": 1, "seasonNumber": 1, "status": 1}],
    "requestedBy": {"id": 2, "plexId": 1002},
    "createdAt": "2026-11-22T14:13:49.000Z",
    "updatedAt": "2026-11-22T14:13:49.000Z",
}
FILM = {"id": 603, "mediaType": "movie", "title": "The Matrix", "releaseDate": "1999-03-30", "posterPath": "/p.jpg"}


class TestSearch:
    async def test_sends_blanks_as_percent_twenty_and_never_a_plus(self) -> None:
        seen: list[bytes] = []

        def answer(request: httpx2.Request) -> httpx2.Response:
            seen.append(request.url.raw_path)
            return httpx2.Response(200, json={"page": 1, "totalPages": 1, "totalResults": 0, "results": []})

        await client(answer).search("tom & jerry+ 50% (1)", 1)
        assert seen == [b"/api/v1/search?query=tom%20%26%20jerry%2B%2050%25%20%281%29&page=1"]

    async def test_skips_people_collections_and_kinds_nobody_knows_yet(self) -> None:
        results = [
            FILM,
            {"id": 1, "mediaType": "person", "name": "K"},
            {"id": 2, "mediaType": "hologram"},
            {"nothing": 1},
            7,
        ]
        page = await client(answering(200, {"page": 1, "results": results})).search("x", 1)
        assert [title.tmdb_id for title in page.items] == [603]

    async def test_reads_numbers_and_dates_it_does_not_know(self) -> None:
        odd = FILM | {
            "mediaInfo": {"status": 99, "status4k": None},
            "releaseDate": "",
            "posterPath": "http://evil/x.jpg",
        }
        title = (await client(answering(200, {"results": [odd]})).search("x", 1)).items[0]
        assert (title.status, title.status_4k, title.year, title.poster_path) == (
            Media.UNKNOWN,
            Media.UNKNOWN,
            None,
            None,
        )

    async def test_a_page_that_is_no_json_is_an_outage(self) -> None:
        with pytest.raises(UpstreamUnavailable):
            await client(lambda _: httpx2.Response(200, text="<html>")).search("x", 1)


class TestTitle:
    async def test_an_unknown_title_neither_repeats_nor_opens_the_breaker(self) -> None:
        calls = 0

        def answer(_: httpx2.Request) -> httpx2.Response:
            nonlocal calls
            calls += 1
            return httpx2.Response(500, json={"message": "Unable to retrieve movie."})

        overseerr = client(answer)
        for _ in range(8):
            with pytest.raises(TitleUnavailable):
                await overseerr.title(MediaType.MOVIE, 1)
        assert calls == 8

    async def test_real_trouble_opens_the_breaker(self) -> None:
        overseerr = client(lambda _: httpx2.Response(503, text="starting"))
        for _ in range(2):
            with suppress(UpstreamUnavailable, UpstreamOpen):
                await overseerr.title(MediaType.MOVIE, 1)
        with pytest.raises(UpstreamOpen):
            await overseerr.title(MediaType.MOVIE, 1)


class TestCreate:
    async def test_acts_as_the_user_and_always_says_whether_4k(self) -> None:
        seen: list[httpx2.Request] = []

        def answer(request: httpx2.Request) -> httpx2.Response:
            seen.append(request)
            return httpx2.Response(201, json=MADE)

        made = await client(answer).create(MediaType.TV, 66, seasons=(), is_4k=False, user=2)
        assert isinstance(made, RequestThere)
        assert (made.id, made.status, made.seasons, made.plex_id) == (12, There.PENDING, (1,), "1002")
        assert json.loads(seen[0].content) == {"mediaType": "tv", "mediaId": 66, "is4k": False, "seasons": "all"}
        assert seen[0].headers["x-api-user"] == "2"
        assert seen[0].headers["x-api-key"] == "the-key"

    @pytest.mark.parametrize(
        ("status", "body", "why"),
        [
            (202, {"message": "No seasons available to request"}, Refusal.NO_SEASONS),
            (409, {"message": "Request for this media already exists."}, Refusal.DUPLICATE),
            (403, {"message": "Movie Quota exceeded."}, Refusal.QUOTA),
            (403, {"message": "This media is blocklisted."}, Refusal.BLOCKLISTED),
            (403, {"message": "This media is blacklisted."}, Refusal.BLOCKLISTED),
            (403, {"message": "You do not have permission to make 4K movie requests."}, Refusal.PERMISSION),
            (403, {"status": 403, "error": "You do not have permission to access this endpoint"}, Refusal.NO_SUCH_USER),
            (500, {"message": "Media not found"}, Refusal.TROUBLE),
        ],
    )
    async def test_tells_refusals_apart(self, status: int, body: dict[str, Any], why: Refusal) -> None:
        answer = await client(answering(status, body)).create(MediaType.MOVIE, 1, seasons=(), is_4k=False, user=2)
        assert isinstance(answer, Refused)
        assert answer.why is why

    @pytest.mark.parametrize(
        ("status", "body", "hint"),
        [
            (403, {"message": "invalid csrf token"}, "CSRF"),
            (301, {}, "redirects"),
            (405, {"message": "method not allowed"}, "redirects"),
        ],
    )
    async def test_tells_the_owner_what_to_set_right(self, status: int, body: dict[str, Any], hint: str) -> None:
        with pytest.raises(UpstreamRefused) as caught:
            await client(answering(status, body)).create(MediaType.MOVIE, 1, seasons=(), is_4k=False, user=2)
        assert hint in caught.value.detail
        assert "the-key" not in caught.value.detail

    async def test_a_post_is_never_repeated(self) -> None:
        calls = 0

        def answer(_: httpx2.Request) -> httpx2.Response:
            nonlocal calls
            calls += 1
            raise httpx2.ReadTimeout("slow")

        with pytest.raises(Exception, match="in time"):
            await client(answer).create(MediaType.MOVIE, 1, seasons=(), is_4k=False, user=2)
        assert calls == 1


class TestUsers:
    async def test_pages_through_everybody(self) -> None:
        def answer(request: httpx2.Request) -> httpx2.Response:
            skip = int(request.url.params["skip"])
            users = [{"id": n, "plexId": n + 1000} for n in range(skip, min(skip + 100, 150))]
            return httpx2.Response(200, json={"results": users})

        overseerr = client(answer)
        assert await overseerr.user_of("1149") == 149
        assert await overseerr.user_of("9999") is None


class TestRequest:
    async def test_only_overseerrs_own_word_means_that_there_is_none(self) -> None:
        assert await client(answering(404, {"message": "Request not found."})).request(1) is None
        with pytest.raises(UpstreamRefused):
            await client(lambda _: httpx2.Response(404, text="<html>proxy</html>")).request(1)
