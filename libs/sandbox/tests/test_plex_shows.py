"""A library of series that looks into a real folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from .test_plex_scans import put_video

Plex = Callable[..., httpx2.Response]

SHOWS = "/library/sections/2"
_FIRST = "Bread - s2026e082101 - Rye [a1]"
_SECOND = "Bread - s2026e082102 - Wheat [b2]"


@pytest.fixture
def folder(media: Path, client: httpx2.Client) -> Path:
    """A folder of the library of series."""
    client.post("/control/plex/scan", json={"delay_seconds": 0}).raise_for_status()
    client.post("/control/plex/libraries/2/folders", json={"path": str(media / "alice")}).raise_for_status()
    return media / "alice"


def listed(plex: Plex, path: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plex("GET", path, params=query).json()["MediaContainer"].get("Metadata", [])
    return found


def scan(plex: Plex, path: Path) -> None:
    plex("GET", f"{SHOWS}/refresh", params={"path": str(path)})
    while plex("GET", SHOWS).json()["MediaContainer"]["Directory"][0]["refreshing"]:
        pass


def show(plex: Plex) -> list[dict[str, Any]]:
    return listed(plex, f"{SHOWS}/all", title="Bread")


def below(plex: Plex, item: dict[str, Any]) -> list[dict[str, Any]]:
    return listed(plex, f"/library/metadata/{item['ratingKey']}/children")


class TestFolders:
    def test_are_told_beside_the_first_one(self, plex: Plex, folder: Path) -> None:
        places = plex("GET", SHOWS).json()["MediaContainer"]["Directory"][0]["Location"]
        assert [place["path"] for place in places] == ["/data/tv", str(folder)]

    def test_are_gone_after_a_reset(self, plex: Plex, folder: Path, client: httpx2.Client) -> None:
        client.post("/control/reset").raise_for_status()
        places = plex("GET", SHOWS).json()["MediaContainer"]["Directory"][0]["Location"]
        assert [place["path"] for place in places] == ["/data/tv"]

    def test_need_a_library_and_a_whole_path(self, client: httpx2.Client) -> None:
        assert client.post("/control/plex/libraries/9/folders", json={"path": "/srv"}).status_code == 404
        assert client.post("/control/plex/libraries/2/folders", json={"path": "srv"}).status_code == 400


class TestScan:
    def test_makes_show_season_and_episodes_of_the_files(self, plex: Plex, folder: Path) -> None:
        season = folder / "Bread" / "Season 2026"
        for name in (_FIRST, _SECOND):
            put_video(season, name)
        scan(plex, season)
        (bread,) = show(plex)
        (year,) = below(plex, bread)
        episodes = below(plex, year)
        assert (bread["childCount"], bread["leafCount"]) == (1, 2)
        assert (year["title"], year["index"]) == ("Season 2026", 2026)
        assert [(each["title"], each["index"]) for each in episodes] == [("Rye [a1]", 82101), ("Wheat [b2]", 82102)]
        assert episodes[0]["grandparentTitle"] == "Bread"
        newest = listed(plex, f"{SHOWS}/all", type="4", sort="addedAt:desc")[:2]
        assert {each["Media"][0]["Part"][0]["file"] for each in newest} == {
            str(season / f"{name}.mp4") for name in (_FIRST, _SECOND)
        }

    def test_passes_over_what_has_no_number(self, plex: Plex, folder: Path) -> None:
        put_video(folder / "Bread", "Rye")
        put_video(folder, _FIRST)
        scan(plex, folder)
        assert show(plex) == []

    def test_keeps_what_is_there_and_adds_to_it(self, plex: Plex, folder: Path) -> None:
        season = folder / "Bread" / "Season 2026"
        put_video(season, _FIRST)
        scan(plex, season)
        before = show(plex)[0]["ratingKey"]
        put_video(season, _SECOND)
        put_video(folder / "Bread" / "Season 2025", "Bread - s2025e010101 - Spelt [c3]")
        scan(plex, folder)
        (bread,) = show(plex)
        assert (bread["ratingKey"], bread["childCount"], bread["leafCount"]) == (before, 2, 3)

    def test_takes_a_show_out_with_its_last_file_and_leaves_the_others(self, plex: Plex, folder: Path) -> None:
        file = put_video(folder / "Bread" / "Season 2026", _FIRST)
        scan(plex, folder)
        others = plex("GET", f"{SHOWS}/all").json()["MediaContainer"]["size"] - 1
        file.unlink()
        scan(plex, folder)
        assert show(plex) == []
        assert plex("GET", f"{SHOWS}/all").json()["MediaContainer"]["size"] == others > 0

    def test_shows_the_poster_of_the_folder(self, plex: Plex, folder: Path, client: httpx2.Client) -> None:
        put_video(folder / "Bread" / "Season 2026", _FIRST)
        picture = client.get("/tmdb/t/p/w92/poster-603.jpg").content
        (folder / "Bread" / "poster.jpg").write_bytes(picture)
        scan(plex, folder)
        query = {"url": show(plex)[0]["thumb"], "width": "92", "height": "138"}
        assert plex("GET", "/photo/:/transcode", params=query).content.startswith(b"\xff\xd8")
