from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Overseerr = Callable[..., httpx2.Response]


def results(answer: httpx2.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


class TestSearch:
    def test_finds_the_four_films_and_their_collection(self, overseerr: Overseerr) -> None:
        found = results(overseerr("GET", "/search?query=matrix"))
        assert [each["id"] for each in found if each["mediaType"] == "movie"] == [603, 604, 605, 624860]
        assert [each["mediaType"] for each in found][-1] == "collection"

    def test_knows_no_collections_in_the_older_program(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        client.post("/control/overseerr/mode", json={"mode": "overseerr-1.34"})
        assert {each["mediaType"] for each in results(overseerr("GET", "/search?query=matrix"))} == {"movie"}

    @pytest.mark.parametrize("query", ["query=the+matrix", "query=what?", "", "query=a&colour=red"])
    def test_refuses_what_is_not_encoded_or_not_known(self, overseerr: Overseerr, query: str) -> None:
        answer = overseerr("GET", f"/search?{query}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["path"].startswith(".query.")

    def test_takes_blanks_as_percent_20_and_prefixes(self, overseerr: Overseerr) -> None:
        assert results(overseerr("GET", "/search?query=the%20wild%20robot"))[0]["id"] == 1184918
        assert [each["id"] for each in results(overseerr("GET", "/search?query=tmdb%3A603"))] == [603]
        assert {each["id"] for each in results(overseerr("GET", "/search?query=dune%20year%3A2024"))} == {693134}

    def test_has_no_media_info_for_the_unknown_and_no_requests_in_it(self, overseerr: Overseerr) -> None:
        (unknown,) = results(overseerr("GET", "/search?query=tmdb%3A603"))
        assert "mediaInfo" not in unknown
        (known,) = results(overseerr("GET", "/search?query=blade%20runner%202049"))
        assert (known["mediaInfo"]["status"], known["mediaInfo"]["status4k"]) == (5, 5)
        assert "requests" not in known["mediaInfo"]

    def test_a_series_has_a_name_and_a_film_a_title(self, overseerr: Overseerr) -> None:
        (series,) = results(overseerr("GET", "/search?query=severance"))
        assert (series["name"], series["firstAirDate"]) == ("Severance", "2022-02-17")
        assert "title" not in series


class TestDiscover:
    @pytest.mark.parametrize("path", ["trending", "movies", "movies/upcoming", "tv", "tv/upcoming", "tv/genre/18"])
    def test_fills_a_page(self, overseerr: Overseerr, path: str) -> None:
        page = overseerr("GET", f"/discover/{path}").json()
        assert page["page"] == 1
        assert 10 <= len(page["results"]) <= 20

    def test_has_over_a_hundred_films_in_pages(self, overseerr: Overseerr) -> None:
        first = overseerr("GET", "/discover/movies").json()
        last = overseerr("GET", f"/discover/movies?page={first['totalPages']}").json()
        assert first["totalResults"] >= 120
        assert 0 < len(last["results"]) <= 20
        assert overseerr("GET", "/discover/movies?page=99").json()["results"] == []


class TestDetail:
    def test_a_film_that_nobody_asked_for(self, overseerr: Overseerr) -> None:
        film = overseerr("GET", "/movie/603").json()
        assert (film["title"], film["runtime"], film["posterPath"]) == ("The Matrix", 136, "/poster-603.jpg")
        assert {"id": 28, "name": "Action"} in film["genres"]
        assert len(film["credits"]["cast"]) == 8
        assert "mediaInfo" not in film

    def test_a_series_that_is_partly_there(self, overseerr: Overseerr) -> None:
        partial = overseerr("GET", "/media?filter=partial").json()["results"][0]
        series = overseerr("GET", f"/tv/{partial['tmdbId']}").json()
        there = {each["seasonNumber"] for each in series["mediaInfo"]["seasons"] if each["status"] == 5}
        assert there == set(range(1, series["numberOfSeasons"]))
        assert series["mediaInfo"]["status"] == 4
        assert series["externalIds"]["tvdbId"] == partial["tvdbId"]

    def test_a_season_has_its_episodes(self, overseerr: Overseerr) -> None:
        season = overseerr("GET", "/tv/1396/season/2").json()
        assert [each["episodeNumber"] for each in season["episodes"]] == list(range(1, 14))

    def test_an_unknown_title_looks_like_an_outage(self, overseerr: Overseerr) -> None:
        answer = overseerr("GET", "/movie/999999999")
        assert (answer.status_code, answer.json()) == (500, {"message": "Unable to retrieve movie."})

    def test_links_to_plex_where_plex_has_it(
        self, overseerr: Overseerr, client: httpx2.Client, tokens: dict[str, dict[str, str]]
    ) -> None:
        known = overseerr("GET", "/movie/335984").json()["mediaInfo"]
        headers = {"Accept": "application/json", "X-Plex-Token": tokens["owner"]["server"]}
        item = client.get(f"/plex/library/metadata/{known['ratingKey']}", headers=headers).json()
        assert item["MediaContainer"]["Metadata"][0]["title"] == "Blade Runner 2049"

    def test_recommends_others_of_its_kind(self, overseerr: Overseerr) -> None:
        alike = results(overseerr("GET", "/movie/603/recommendations"))
        assert 603 not in {each["id"] for each in alike}
        assert {each["mediaType"] for each in alike} == {"movie"}


class TestPictures:
    @pytest.mark.parametrize(
        "path",
        [
            "/tmdb/t/p/w300_and_h450_face/poster-603.jpg",
            "/tmdb/t/p/original/backdrop-tv-1396.jpg",
            "/tmdb/t/p/w185/season-tv-1396-2.jpg",
            "/overseerr/imageproxy/tmdb/t/p/w500/poster-603.jpg",
            "/overseerr/imageproxy/t/p/w92/profile-900001.jpg",
        ],
    )
    def test_are_drawn(self, client: httpx2.Client, path: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.content.startswith(b"\xff\xd8")

    @pytest.mark.parametrize("name", ["poster-1.jpg", "nothing", "..%2f..%2fetc%2fpasswd"])
    def test_of_nothing_are_404(self, client: httpx2.Client, name: str) -> None:
        assert client.get(f"/tmdb/t/p/w500/{name}").status_code == 404
