"""The real yt-dlp against a site that means harm: what it leads to, what it sends, what it calls its videos."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from medianest_common.ids import uuid7
from medianest_downloader.clients.video_site import VideoSite, VideoSiteFailed
from medianest_downloader.domain.naming import file_stem
from medianest_downloader.fetching.process import Child, ChildBroken, reason_of
from medianest_downloader.fetching.toolbox import prepare_tools
from medianest_downloader.settings import FetchSettings
from medianest_sandbox.settings import Settings as SandboxSettings
from medianest_sandbox.video.site import REDIRECTS
from medianest_sandbox.video.tube import EVIL_TITLES

from .conftest import fetch_settings

_AT_ONCE = 3
_MOST_BYTES = 3_000_000
_LEADS_HOME = "loopback"  # to the one host that is allowed here
_HARD_TO_NAME = 4  # a few of them through yt-dlp; all of them through our naming


@dataclass
class Site:
    """The sandbox's video site, and a child that fetches from it."""

    base: str
    http: httpx2.AsyncClient
    settings: FetchSettings
    folder: Path

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"{self.base}/control{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def file_of(self, place: int, **switch: Any) -> tuple[str, str]:
        """Address and id of a single video, with a switch."""
        singles = [v for v in (await self.control("GET", "/video/videos"))["items"] if v["list"] is None]
        video = singles[place]
        if switch:
            await self.control("POST", f"/video/videos/{video['id']}/switch", switch)
        return f"{self.base}/video/watch/{video['id']}", video["id"]

    async def fetch(self, url: str) -> dict[str, Any]:
        """What the child says last."""
        folder = self.folder / f"job-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        settings = self.settings
        job = {
            "do": "fetch", "url": url, "folder": str(folder), "preset": "best", "max_bytes": _MOST_BYTES,
            "extractors": settings.allowed_extractors, "hosts": settings.hosts, "allow_private": True,
            "memory_bytes": 1 << 30, "file_bytes": _MOST_BYTES * 2, "chunked": False,
            "tools": str(prepare_tools(settings)), "deno": None, "lease": 60,
        }  # fmt: skip
        last: dict[str, Any] = {}
        async with Child(job, folder) as child:
            try:
                async for event in child.events():
                    last = event
                    if event["e"] == "about":
                        await child.tell({"answer": "go"})
            except ChildBroken:
                assert last.get("e") == "failed", child.log
        return last | {"folder": folder}


@pytest_asyncio.fixture
async def site(tmp_path: Path, sandbox: SandboxSettings) -> AsyncIterator[Site]:
    options = fetch_settings(tmp_path / "media") | {"allowed_hosts": ("127.0.0.1",)}
    del options["min_free_bytes"]
    (tmp_path / "jobs").mkdir()
    base = sandbox.base_url.replace("localhost", "127.0.0.1")
    async with httpx2.AsyncClient() as http:
        made = Site(base, http, FetchSettings(**options), tmp_path / "jobs")
        yield made
        await made.control("DELETE", "/video/videos/*/switch")


async def test_no_redirect_leads_to_a_place_that_was_not_allowed(site: Site) -> None:
    await site.control("DELETE", "/calls")
    look = VideoSite(site.settings, prepare_tools(site.settings))
    few = asyncio.Semaphore(_AT_ONCE)

    async def reason(name: str) -> tuple[str, str]:
        async with few:
            with pytest.raises(VideoSiteFailed) as failed:
                await look.look(f"{site.base}/video/redirect/{name}", as_playlist=False, seconds=60)
        return name, failed.value.reason.code

    names = [name for name in REDIRECTS if name != _LEADS_HOME]
    reasons = dict(await asyncio.gather(*map(reason, names)))
    assert reasons == dict.fromkeys(names, "address_refused")
    paths = {call["path"] for call in (await site.control("GET", "/calls?system=video"))["items"]}
    assert paths == {f"/redirect/{name}" for name in names}, "something else was asked for"


@pytest.mark.parametrize(
    ("switch", "reasons"),
    [
        ({"kind": "endless"}, {"too_large"}),
        ({"kind": "wrong-length"}, {"not_playable"}),
        ({"kind": "wrong-type"}, {"unsupported", "not_playable", "unsafe_file"}),
        ({"kind": "short"}, {"cut_short"}),
        ({"kind": "status", "value": 403}, {"refused"}),
        ({"kind": "status", "value": 404}, {"not_found"}),
        ({"kind": "status", "value": 429}, {"too_many_requests"}),
    ],
)
async def test_what_the_site_does_wrong_ends_in_its_own_reason(
    site: Site, switch: dict[str, Any], reasons: set[str]
) -> None:
    url, _ = await site.file_of(1, **switch)
    said = await site.fetch(url)
    if switch["kind"] == "wrong-type" and said["e"] == "done":
        return  # a film under a false name is a film: what counts is what is in it
    assert said["e"] == "failed", said
    assert reason_of(said).code in reasons
    sizes = [path.stat().st_size for path in said["folder"].rglob("*") if path.is_file()]
    assert sum(sizes) <= _MOST_BYTES * 2


async def test_a_title_that_means_harm_names_no_path(site: Site) -> None:
    feed = (await site.control("GET", "/video/videos"))["items"]
    evil = [video for video in feed if video["list"] == "evil"][:_HARD_TO_NAME]
    said = [await site.fetch(video["url"]) for video in evil]
    assert [event["e"] for event in said] == ["done"] * len(evil)
    outside = [path for path in site.folder.parent.rglob("*.mp4") if path.parent.name != "out"]
    assert outside == []


@pytest.mark.parametrize("title", EVIL_TITLES)
def test_a_stem_is_one_plain_name(title: str) -> None:
    stem = file_stem(title, "abc", uuid7())
    assert Path(stem).name == stem
    assert stem not in (".", "..")
    assert len(f"{stem}.mp4".encode()) <= 255
    assert stem.isprintable()


def test_a_child_that_eats_memory_is_stopped_by_its_own_limit() -> None:
    program = (
        "from medianest_downloader.fetching.limits import confine\n"
        "confine(memory_bytes=200 << 20, file_bytes=1 << 20)\n"
        "eaten = bytearray(600 << 20)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    assert "MemoryError" in done.stderr
