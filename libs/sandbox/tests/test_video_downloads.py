"""The real yt-dlp on the sandbox's video site."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from yt_dlp import YoutubeDL
from yt_dlp.utils import DownloadError


class Quiet:
    """yt-dlp's messages, dropped."""

    def debug(self, _: str) -> None: ...
    def warning(self, _: str) -> None: ...
    def error(self, _: str) -> None: ...


def run(url: str, folder: Path, *, download: bool = True, **options: Any) -> dict[str, Any]:
    given = {
        "paths": {"home": str(folder)},
        "outtmpl": "%(id)s.%(ext)s",
        "quiet": True,
        "noprogress": True,
        "logger": Quiet(),
        "plugin_dirs": [],
        "cachedir": False,
        "allowed_extractors": ["generic", "html5"],
        **options,
    }
    with YoutubeDL(given) as downloader:
        found: dict[str, Any] = downloader.sanitize_info(downloader.extract_info(url, download=download))
    return found


def address(client: httpx2.Client, title: str) -> str:
    items = client.get("/control/videos").json()["items"]
    return next(str(each["url"]) for each in items if each["title"] == title)


class TestSingle:
    def test_downloads_with_its_facts(self, client: httpx2.Client, tmp_path: Path) -> None:
        found = run(address(client, "What bees do in winter"), tmp_path, writethumbnail=True)
        assert (found["title"], found["uploader"]) == ("What bees do in winter", "Small Workshop")
        assert found["webpage_url"].endswith(found["id"])
        assert found["duration"] in {3, 4, 5}
        assert (tmp_path / f"{found['id']}.mp4").stat().st_size > 150_000
        assert (tmp_path / f"{found['id']}.jpg").read_bytes().startswith(b"\xff\xd8")

    def test_goes_on_after_a_connection_that_broke(self, client: httpx2.Client, tmp_path: Path) -> None:
        url = address(client, "What bees do in winter")
        video_id = url.rpartition("/")[2]
        client.post(f"/control/video/videos/{video_id}/switch", json={"kind": "short", "value": 100_000, "times": 1})
        client.delete("/control/calls")
        found = run(url, tmp_path, retries=2)
        asked = [
            call["headers"].get("range")
            for call in client.get("/control/calls?system=video").json()["items"]
            if call["path"].endswith(".mp4")
        ]
        assert asked[0] is None
        assert str(asked[1]).startswith("bytes=")
        assert (tmp_path / f"{found['id']}.mp4").read_bytes() == client.get(f"/video/file/{video_id}.mp4").content

    def test_downloads_a_film_in_segments(self, client: httpx2.Client, tmp_path: Path) -> None:
        found = run(address(client, "The river, in segments"), tmp_path, fixup="never")
        assert found["protocol"] == "m3u8_native"
        assert (tmp_path / f"{found['id']}.mp4").stat().st_size > 100_000

    @pytest.mark.parametrize("status", [403, 404, 429])
    def test_fails_as_told(self, client: httpx2.Client, tmp_path: Path, status: int) -> None:
        url = address(client, "What bees do in winter")
        what = {"kind": "status", "value": status, "where": "page"}
        client.post(f"/control/video/videos/{url.rpartition('/')[2]}/switch", json=what).raise_for_status()
        with pytest.raises(DownloadError, match=str(status)):
            run(url, tmp_path)


class TestPlaylists:
    def test_a_flat_list_of_a_hundred_has_distinct_entries(self, client: httpx2.Client, tmp_path: Path) -> None:
        found = run(address(client, "A hundred small things"), tmp_path, download=False, extract_flat="in_playlist")
        assert (found["_type"], found["title"]) == ("playlist", "A hundred small things")
        assert len({entry["url"] for entry in found["entries"]}) == 100
        assert len({entry["title"] for entry in found["entries"]}) == 100

    def test_downloads_all_five(self, client: httpx2.Client, tmp_path: Path) -> None:
        found = run(address(client, "Bread basics"), tmp_path)
        ids = [entry["id"] for entry in found["entries"]]
        assert sorted(file.stem for file in tmp_path.glob("*.mp4")) == sorted(ids)
        assert [entry["title"] for entry in found["entries"]][:2] == ["Flour, water, salt", "The first fold"]
        assert len({file.read_bytes() for file in tmp_path.glob("*.mp4")}) == 5
