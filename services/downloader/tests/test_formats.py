"""Sound, subtitles and cutting, by the real yt-dlp in its child, from the sandbox's video site."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from yt_dlp import YoutubeDL
from yt_dlp.postprocessor.sponsorblock import SponsorBlockPP

from medianest_common.http import tls
from medianest_common.ids import uuid7
from medianest_downloader.domain.presets import SponsorBlockCategory
from medianest_downloader.domain.wishes import Wish, note
from medianest_downloader.fetching.options import fetching
from medianest_downloader.fetching.process import Child
from medianest_downloader.fetching.subtitles import choose
from medianest_downloader.fetching.toolbox import prepare_tools
from medianest_downloader.service.runs import Assignment
from medianest_downloader.settings import WorkerSettings
from medianest_downloader.worker.job import fetch_job
from medianest_sandbox.settings import Settings as SandboxSettings

from .conftest import fetch_settings

_LETTER = "A letter, read aloud"
_BEES = "What bees do in winter"


class Site:
    """The sandbox's video site, and children that fetch from it."""

    def __init__(self, sandbox: SandboxSettings, http: httpx2.AsyncClient, folder: Path) -> None:
        self.http = http
        self._folder = folder
        api = f"{sandbox.base_url}/video/sponsorblock"
        self._settings = WorkerSettings(
            database_url=SecretStr("postgresql://unused"), sponsorblock_api=api, **fetch_settings(folder)
        )
        self._tools = prepare_tools(self._settings)

    async def video(self, title: str) -> dict[str, Any]:
        found = (await self.http.get("/control/video/videos")).json()["items"]
        return next(each for each in found if each["title"] == title)

    async def control(self, what: str, **body: object) -> None:
        (await self.http.post(f"/control/{what}", json=body)).raise_for_status()

    async def asked(self, part: str) -> int:
        """How often a path with this in it was asked for."""
        calls = (await self.http.get("/control/calls", params={"system": "video"})).json()["items"]
        return sum(part in call["path"] for call in calls)

    async def fetch(self, title: str, preset: str = "720p", **wish: tuple[str, ...]) -> "Fetched":
        """Lead a child through fetching a video."""
        folder = self._folder / ".work" / str(uuid7())
        folder.mkdir(parents=True)
        mine = _assignment(str((await self.video(title))["url"]), Wish(preset, **wish))
        job = fetch_job(self._settings, self._tools, folder, mine, 60)
        async with asyncio.timeout(90), Child(job, folder) as child:
            async for event in child.events():
                if event["e"] == "about":
                    await child.tell({"answer": "go"})
                if event["e"] in ("done", "failed"):
                    assert event["e"] == "done", (event, child.log)
                    return Fetched(event, folder / "out", self._tools)
        pytest.fail("it said nothing")


class Fetched:
    def __init__(self, event: dict[str, Any], out: Path, tools: Path) -> None:
        self.event = event
        self.file = out / event["media"]
        self._tools = tools

    def probe(self) -> dict[str, Any]:
        command = [str(self._tools / "ffprobe"), "-v", "error", "-show_streams", "-show_format", "-of", "json"]
        done = subprocess.run([*command, str(self.file)], capture_output=True, check=True, timeout=60)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def subtitles(self, language: str) -> str:
        path: Path = self.file.parent / self.event["subtitles"][language]
        return path.read_text()


def _assignment(url: str, wish: Wish) -> Assignment:
    return Assignment(
        item_id=uuid7(), download_id=uuid7(), user_id=uuid7(), attempt=1, egress="main", version=1, url=url,
        wish=wish, title="", max_bytes=50_000_000, extractor=None, video_id=None,
    )  # fmt: skip


@asynccontextmanager
async def _first_day(sandbox: SandboxSettings) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=sandbox.base_url, timeout=30, verify=tls()) as http:
        yield http
        await http.delete("/control/faults")
        await http.delete("/control/video/videos/*/switch")


@pytest.fixture
async def site(sandbox: SandboxSettings, tmp_path: Path) -> AsyncIterator[Site]:
    async with _first_day(sandbox) as http:
        await http.delete("/control/calls")
        yield Site(sandbox, http, tmp_path)


async def test_a_video_holds_its_title_and_date_in_itself(site: Site) -> None:
    tags = (await site.fetch(_BEES)).probe()["format"]["tags"]
    assert tags["title"] == _BEES
    assert len(tags["date"]) == 8


class TestPicture:
    @pytest.mark.parametrize(
        ("preset", "chosen"),
        [
            ("720p", "720-h264+sound"),
            ("1080p", "1080-h264+sound"),
            ("2160p", "2160-vp9+sound"),
            ("best", "4320-vp9+sound"),
        ],
    )
    def test_is_the_largest_that_was_asked_for_and_what_plex_plays_directly_where_there_is_a_choice(
        self, preset: str, chosen: str
    ) -> None:
        assert _chosen(preset, (360, "h264"), (720, "h264"), (720, "vp9"), *_LARGE) == chosen

    def test_is_the_next_smaller_one_or_else_what_there_is(self) -> None:
        assert _chosen("2160p", (480, "h264"), (360, "vp9")) == "480-h264+sound"
        assert _chosen("720p", *_LARGE) == "1080-h264+sound"


_LARGE = ((1080, "vp9"), (1080, "h264"), (2160, "vp9"), (4320, "vp9"))


def _chosen(preset: str, *offered: tuple[int, str]) -> str:
    """What yt-dlp takes of these heights and codecs, with the options of a child."""
    site: dict[str, object] = {"url": "https://youtu.be/x", "ext": "mp4"}
    formats = [
        site
        | {
            "format_id": f"{height}-{codec}",
            "height": height,
            "width": height * 16 // 9,
            "vcodec": codec,
            "acodec": "none",
        }
        for height, codec in offered
    ]
    formats.append(site | {"format_id": "sound", "vcodec": "none", "acodec": "aac", "ext": "m4a"})
    job = {"extractors": ["youtube"], "folder": "unused", "preset": preset}
    info = {"id": "x", "title": "x", "formats": formats, "extractor": "youtube"}
    with YoutubeDL(fetching(job)) as ydl:
        return str(ydl.process_video_result(info, download=False)["format_id"])


class TestSound:
    @pytest.mark.parametrize(("preset", "codec"), [("mp3", "mp3"), ("m4a", "aac"), ("opus", "opus")])
    async def test_is_a_playable_file_of_its_kind_with_title_and_cover(
        self, site: Site, preset: str, codec: str
    ) -> None:
        fetched = await site.fetch(_BEES, preset)
        probed = fetched.probe()
        sound, picture = (
            next(stream for stream in probed["streams"] if stream["codec_type"] == kind) for kind in ("audio", "video")
        )
        tags = {
            name.lower(): value for each in (probed["format"], sound) for name, value in each.get("tags", {}).items()
        }
        assert (fetched.file.suffix, sound["codec_name"]) == (f".{preset}", codec)
        assert (tags["title"], picture["disposition"]["attached_pic"]) == (_BEES, 1)
        assert float(probed["format"]["duration"]) > 2.5


class TestSubtitles:
    async def test_lie_beside_the_video_and_a_language_that_is_not_there_costs_nothing(self, site: Site) -> None:
        fetched = await site.fetch(_LETTER, subtitles=("en", "pt", "de"))
        assert "00:00:01,000 --> 00:00:01,900\nen: second 2" in fetched.subtitles("en")
        assert "pt-BR: second 1" in fetched.subtitles("pt")
        assert fetched.event["looked_for"] == ["en", "pt", "de"]
        assert fetched.file.stat().st_size > 10_000

    async def test_that_fail_or_are_none_cost_nothing_and_are_looked_for_again_another_time(self, site: Site) -> None:
        letter = await site.video(_LETTER)
        broken = {"kind": "status", "value": 429, "where": "subtitles"}
        await site.control(f"video/videos/{letter['id']}/switch", **broken)
        fetched = await site.fetch(_LETTER, subtitles=("en",))
        assert (fetched.event["subtitles"], fetched.event["looked_for"]) == ({}, [])
        assert await site.asked("/subtitles/") == 2

    @pytest.mark.parametrize(
        ("language", "chosen"),
        [("en", "people"), ("EN", "people"), ("de", "de-AT"), ("fr", "machine"), ("it", None), ("ja", None)],
    )
    def test_of_people_come_before_those_of_machines(self, language: str, chosen: str | None) -> None:
        def track(url: str, ext: str = "vtt", **more: str) -> dict[str, str]:
            return {"url": url, "ext": ext} | more

        people = {
            "en": [track("x", "json3"), track("people")],
            "de-AT": [track("de-AT", "ass")],
            "ja": [track("list", protocol="m3u8_native")],
        }
        machine = {"en": [track("machine")], "fr": [track("machine", "srt")]}
        found = choose(people, machine, language)
        assert (found and found["url"]) == chosen


class TestSponsorBlock:
    async def test_what_is_marked_is_cut_out_of_video_and_subtitles(self, site: Site) -> None:
        letter = await site.video(_LETTER)
        for category, start in (("sponsor", 0), ("intro", 2)):
            await site.control(f"video/videos/{letter['id']}/segments", category=category, start=start, end=start + 1)
        fetched = await site.fetch(_LETTER, subtitles=("en",), sponsorblock=("sponsor",))
        assert fetched.event["cut"]
        assert letter["seconds"] - 1.6 < float(fetched.probe()["format"]["duration"]) < letter["seconds"] - 0.4
        assert "00:00:00,000 --> 00:00:00,900\nen: second 2" in fetched.subtitles("en")

    @pytest.mark.parametrize("answer", ["down", "garbage"])
    async def test_that_does_not_do_its_part_costs_no_video(self, site: Site, answer: str) -> None:
        bees = await site.video(_BEES)
        await site.control("faults", system="video", kind=answer, path="/sponsorblock")
        fetched = await site.fetch(_BEES, sponsorblock=("sponsor",))
        assert not fetched.event["cut"]
        assert float(fetched.probe()["format"]["duration"]) > bees["seconds"] - 0.5

    async def test_is_not_asked_unless_something_shall_be_cut_out(self, site: Site) -> None:
        fetched = await site.fetch(_BEES)
        assert not fetched.event["cut"]
        assert await site.asked("/sponsorblock/") == 0

    @pytest.mark.parametrize(("categories", "reachable"), [((), False), (("intro",), True)])
    def test_is_reachable_only_for_a_video_that_something_shall_be_cut_out_of(
        self, tmp_path: Path, categories: tuple[str, ...], reachable: bool
    ) -> None:
        settings = WorkerSettings(database_url=SecretStr("postgresql://unused"), media_dir=tmp_path)
        mine = _assignment("https://youtu.be/x", Wish("720p", sponsorblock=categories))
        assert ("sponsor.ajay.app" in fetch_job(settings, tmp_path, tmp_path, mine, 1)["hosts"]) is reachable

    def test_every_kind_of_segment_that_yt_dlp_can_cut_out_may_be_asked_for(self) -> None:
        assert {*SponsorBlockCategory} == {*SponsorBlockPP.CATEGORIES} - {*SponsorBlockPP.NON_SKIPPABLE_CATEGORIES}


class TestNote:
    def test_says_what_could_not_be_had(self) -> None:
        wish = Wish("720p", ("en", "de", "fr"), ("sponsor",))
        assert note(wish, found=["en"], looked_for=["en", "de"], cut=False) == (
            "There are no subtitles in de. The subtitles in fr could not be fetched."
            " Nothing was cut out: SponsorBlock did not do its part."
        )
        assert note(wish, found=["en", "de", "fr"], looked_for=["en", "de", "fr"], cut=True) is None
