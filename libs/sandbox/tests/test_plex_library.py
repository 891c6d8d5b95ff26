from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Plex = Callable[..., httpx2.Response]

MOVIES, SHOWS, VIDEOS = "1", "2", "3"


def container(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()["MediaContainer"]
    return document


class TestDoor:
    def test_identity_needs_no_token(self, client: httpx2.Client) -> None:
        document = container(client.get("/plex/identity", headers={"Accept": "application/json"}))
        assert set(document) == {"size", "claimed", "machineIdentifier", "version"}

    @pytest.mark.parametrize("path", ["/", "/library/sections", "/nothing/here"])
    def test_everything_else_is_401_in_html_without_one(self, client: httpx2.Client, path: str) -> None:
        answer = client.get(f"/plex{path}", headers={"Accept": "application/json"})
        assert answer.status_code == 401
        assert answer.headers["content-type"].startswith("text/html")

    def test_takes_the_token_in_the_query(self, client: httpx2.Client, tokens: dict[str, dict[str, str]]) -> None:
        answer = client.get("/plex/", params={"X-Plex-Token": tokens["owner"]["server"]})
        assert answer.text.startswith("<?xml")

    def test_an_account_token_of_a_guest_is_no_server_token(
        self, client: httpx2.Client, tokens: dict[str, dict[str, str]]
    ) -> None:
        headers = {"X-Plex-Token": tokens["alice"]["account"]}
        assert client.get("/plex/library/sections", headers=headers).status_code == 401

    def test_an_unshared_person_is_out(self, client: httpx2.Client, plex: Plex) -> None:
        client.post("/control/plex/people/alice/unshare").raise_for_status()
        assert plex("GET", "/library/sections", who="alice").status_code == 401

    def test_another_machine_identifier_shows_everywhere(self, client: httpx2.Client) -> None:
        client.post("/control/plex/machine-id", json={"machine_identifier": "moved"}).raise_for_status()
        document = container(client.get("/plex/identity", headers={"Accept": "application/json"}))
        assert document["machineIdentifier"] == "moved"


class TestSections:
    def test_lists_films_series_and_other_videos(self, plex: Plex, media: Any) -> None:
        films, series, videos = container(plex("GET", "/library/sections"))["Directory"]
        assert (films["key"], films["type"], films["agent"]) == (MOVIES, "movie", "tv.plex.agents.movie")
        assert (series["key"], series["type"]) == (SHOWS, "show")
        assert (videos["type"], videos["scanner"]) == ("movie", "Plex Video Files")
        assert videos["Location"] == [{"id": 3, "path": str(media)}]
        assert videos["refreshing"] is False

    def test_shows_the_kid_films_only(self, plex: Plex) -> None:
        listed = container(plex("GET", "/library/sections", who="kid"))["Directory"]
        assert [each["key"] for each in listed] == [MOVIES]
        assert plex("GET", f"/library/sections/{SHOWS}/all", who="kid").status_code == 404

    def test_unknown_sections_are_404(self, plex: Plex) -> None:
        assert plex("GET", "/library/sections/99/all").status_code == 404


class TestItems:
    def test_a_film_has_strings_seconds_and_milliseconds(self, plex: Plex) -> None:
        query = {"title": "blade runner 2049", "includeGuids": "1"}
        (film,) = container(plex("GET", f"/library/sections/{MOVIES}/all", params=query))["Metadata"]
        assert film["ratingKey"].isdigit()
        assert film["librarySectionID"] == 1
        assert {"id": "tmdb://335984"} in film["Guid"]
        assert film["duration"] == 164 * 60_000
        assert len(str(film["addedAt"])) == 10
        assert film["thumb"] == f"/library/metadata/{film['ratingKey']}/thumb/{film['updatedAt']}"
        assert [media["videoResolution"] for media in film["Media"]] == ["1080", "4k"]

    def test_leaves_guids_out_unless_asked(self, plex: Plex) -> None:
        listed = container(plex("GET", f"/library/sections/{MOVIES}/all"))["Metadata"]
        assert not any("Guid" in each for each in listed)

    def test_has_sixty_films_and_fifteen_series(self, plex: Plex) -> None:
        films = container(plex("GET", f"/library/sections/{MOVIES}/all", params={"X-Plex-Container-Size": "0"}))
        series = container(plex("GET", f"/library/sections/{SHOWS}/all", headers={"X-Plex-Container-Size": "0"}))
        assert films["totalSize"] >= 60
        assert series["totalSize"] == 15
        assert "Metadata" not in films

    def test_pages_say_where_they_are(self, plex: Plex) -> None:
        headers = {"X-Plex-Container-Start": "10", "X-Plex-Container-Size": "5"}
        answer = plex("GET", f"/library/sections/{MOVIES}/all", headers=headers)
        document = container(answer)
        assert (document["offset"], document["size"], len(document["Metadata"])) == (10, 5, 5)
        assert answer.headers["x-plex-container-start"] == "10"
        assert answer.headers["x-plex-container-total-size"] == str(document["totalSize"])

    def test_no_page_is_longer_than_the_server_likes(self, plex: Plex) -> None:
        query = {"type": "4", "X-Plex-Container-Size": "1000"}
        episodes = container(plex("GET", f"/library/sections/{SHOWS}/all", params=query))
        assert episodes["size"] == 200 < episodes["totalSize"]

    def test_finds_what_was_added_later_than(self, plex: Plex) -> None:
        newest = container(plex("GET", f"/library/sections/{MOVIES}/all", params={"sort": "addedAt:desc"}))["Metadata"]
        assert [each["addedAt"] for each in newest] == sorted((each["addedAt"] for each in newest), reverse=True)
        query = {"addedAt>>": str(newest[3]["addedAt"]), "sort": "addedAt:desc"}
        later = container(plex("GET", f"/library/sections/{MOVIES}/all", params=query))["Metadata"]
        assert [each["ratingKey"] for each in later] == [each["ratingKey"] for each in newest[:3]]

    def test_goes_down_from_show_to_episode(self, plex: Plex) -> None:
        show = container(plex("GET", f"/library/sections/{SHOWS}/all", params={"title": "breaking"}))["Metadata"][0]
        seasons = container(plex("GET", f"/library/metadata/{show['ratingKey']}/children"))["Metadata"]
        episodes = container(plex("GET", f"/library/metadata/{seasons[1]['ratingKey']}/children"))["Metadata"]
        assert (show["childCount"], show["leafCount"]) == (5, 62)
        assert [each["index"] for each in seasons] == [1, 2, 3, 4, 5]
        assert (episodes[0]["grandparentTitle"], episodes[0]["parentIndex"]) == ("Breaking Bad", 2)

    def test_answers_for_several_keys_and_404_for_none(self, plex: Plex) -> None:
        assert container(plex("GET", "/library/metadata/1004,1006,77"))["size"] == 2
        assert plex("GET", "/library/metadata/77").status_code == 404

    def test_recently_added_starts_with_the_newest(self, plex: Plex) -> None:
        listed = container(plex("GET", "/library/recentlyAdded"))["Metadata"]
        assert {each["type"] for each in listed} == {"movie", "season"}
        assert listed[0]["addedAt"] == max(each["addedAt"] for each in listed)


class TestSearch:
    def test_needs_a_query(self, plex: Plex) -> None:
        assert plex("GET", "/hubs/search").status_code == 400

    def test_has_hubs_without_hits_too(self, plex: Plex) -> None:
        hubs = container(plex("GET", "/hubs/search", params={"query": "alien"}))["Hub"]
        by_type = {hub["type"]: hub for hub in hubs}
        assert [each["title"] for each in by_type["movie"]["Metadata"]] == ["Aliens"]
        assert by_type["artist"]["size"] == 0
        assert "Metadata" not in by_type["artist"]

    def test_honours_what_somebody_may_see(self, plex: Plex) -> None:
        def shows(who: str) -> int:
            hubs = container(plex("GET", "/hubs/search", who=who, params={"query": "breaking"}))["Hub"]
            return sum(hub["size"] for hub in hubs if hub["type"] == "show")

        assert (shows("alice"), shows("kid")) == (1, 0)


class TestImages:
    def test_draws_in_the_size_asked_for(self, plex: Plex) -> None:
        query = {"url": "/library/metadata/1004/thumb/1", "width": "120", "height": "180"}
        answer = plex("GET", "/photo/:/transcode", params=query)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.content.startswith(b"\xff\xd8")

    @pytest.mark.parametrize(
        ("url", "width", "status"),
        [
            ("/library/metadata/77/thumb/1", "100", 404),
            ("http://example.test/", "100", 400),
            ("/library/metadata/1004/thumb/1", "wide", 400),
            ("/library/metadata/1004/thumb/1", "99999", 400),
        ],
    )
    def test_refuses_what_it_has_not_or_cannot(self, plex: Plex, url: str, width: str, status: int) -> None:
        query = {"url": url, "width": width, "height": "100"}
        assert plex("GET", "/photo/:/transcode", params=query).status_code == status

    def test_gives_a_thumb_directly(self, plex: Plex) -> None:
        assert plex("GET", "/library/metadata/1004/thumb/1").content.startswith(b"\xff\xd8")
