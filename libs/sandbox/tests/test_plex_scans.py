import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

Plex = Callable[..., httpx2.Response]

SECTION = "/library/sections/3"


def titles(plex: Plex) -> set[str]:
    document: dict[str, Any] = plex("GET", f"{SECTION}/all").json()["MediaContainer"]
    return {each["title"] for each in document.get("Metadata", [])}


def refreshing(plex: Plex) -> bool:
    directory = plex("GET", SECTION).json()["MediaContainer"]["Directory"][0]
    return bool(directory["refreshing"])


def wait_for_scan(plex: Plex) -> None:
    deadline = time.monotonic() + 5
    while refreshing(plex):
        assert time.monotonic() < deadline, "the scan did not end"
        time.sleep(0.02)


def put_video(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.mp4"
    file.write_bytes(b"not much of a film")
    return file


def scan(plex: Plex, path: Path | None = None, method: str = "GET") -> None:
    query = {"path": str(path)} if path else {}
    answer = plex(method, f"{SECTION}/refresh", params=query)
    assert (answer.status_code, answer.content) == (200, b"")


class TestRefresh:
    def test_finds_new_files_a_while_later(self, plex: Plex, media: Path) -> None:
        put_video(media / "alice", "Flour, water, salt")
        scan(plex)
        assert refreshing(plex)
        assert titles(plex) == set()
        wait_for_scan(plex)
        assert titles(plex) == {"Flour, water, salt"}

    def test_says_where_the_file_is(self, plex: Plex, media: Path) -> None:
        file = put_video(media / "alice", "Rye")
        scan(plex, method="POST")
        wait_for_scan(plex)
        (item,) = plex("GET", f"{SECTION}/all").json()["MediaContainer"]["Metadata"]
        assert item["Media"][0]["Part"][0]["file"] == str(file)
        assert item["guid"].startswith("local://")

    def test_looks_only_into_the_folder_named(self, plex: Plex, media: Path) -> None:
        put_video(media / "alice", "Hers")
        put_video(media / "bob", "His")
        scan(plex, media / "bob")
        wait_for_scan(plex)
        assert titles(plex) == {"His"}

    def test_ignores_folders_outside_in_silence(self, plex: Plex, media: Path, tmp_path: Path) -> None:
        put_video(tmp_path, "Elsewhere")
        scan(plex, tmp_path)
        scan(plex, media / ".." / tmp_path.name)
        assert not refreshing(plex)
        assert titles(plex) == set()

    def test_skips_hidden_folders_and_parts(self, plex: Plex, media: Path) -> None:
        put_video(media / ".work", "Unfinished")
        (media / "Half.mp4.part").write_bytes(b"half")
        scan(plex)
        wait_for_scan(plex)
        assert titles(plex) == set()

    def test_forgets_what_is_gone(self, plex: Plex, media: Path) -> None:
        file = put_video(media / "alice", "Short-lived")
        scan(plex)
        wait_for_scan(plex)
        file.unlink()
        scan(plex, media / "alice")
        wait_for_scan(plex)
        assert titles(plex) == set()

    def test_gives_the_picture_beside_the_file(self, plex: Plex, media: Path, client: httpx2.Client) -> None:
        file = put_video(media / "alice", "Pictured")
        picture = client.get("/tmdb/t/p/w92/poster-603.jpg").content
        file.with_suffix(".jpg").write_bytes(picture)
        scan(plex)
        wait_for_scan(plex)
        (item,) = plex("GET", f"{SECTION}/all").json()["MediaContainer"]["Metadata"]
        query = {"url": item["thumb"], "width": "92", "height": "138"}
        assert plex("GET", "/photo/:/transcode", params=query).content.startswith(b"\xff\xd8")

    def test_is_for_the_owner(self, plex: Plex) -> None:
        assert plex("GET", f"{SECTION}/refresh", who="alice").status_code == 403

    def test_can_be_cancelled(self, plex: Plex, media: Path, client: httpx2.Client) -> None:
        client.post("/control/plex/scan", json={"delay_seconds": 30}).raise_for_status()
        put_video(media / "alice", "Never seen")
        scan(plex)
        plex("DELETE", f"{SECTION}/refresh")
        wait_for_scan(plex)
        assert titles(plex) == set()

    def test_can_miss_a_new_folder_the_first_time(self, plex: Plex, media: Path, client: httpx2.Client) -> None:
        client.post("/control/plex/scan", json={"miss_first": True}).raise_for_status()
        put_video(media / "alice", "Overlooked")
        scan(plex, media / "alice")
        wait_for_scan(plex)
        assert titles(plex) == set()
        scan(plex, media / "alice")
        wait_for_scan(plex)
        assert titles(plex) == {"Overlooked"}
