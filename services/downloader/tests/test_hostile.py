"""The real yt-dlp against a site that means harm: what it leads to, what it sends, what it calls its videos."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from medianest_common.http import tls
from medianest_common.ids import uuid7
from medianest_downloader.clients.video_site import VideoSite, VideoSiteFailed
from medianest_downloader.domain.naming import file_stem
from medianest_downloader.fetching.process import Child, ChildBroken, reason_of
from medianest_downloader.fetching.toolbox import prepare_tools
from medianest_downloader.settings import FetchSettings
from medianest_sandbox.settings import Settings as SandboxSettings
from medianest_sandbox.video.traps import REDIRECTS, WAYS
from medianest_sandbox.video.tube import EVIL_TITLES

from .conftest import fetch_settings

_AT_ONCE = asyncio.Semaphore(2)
_MOST_BYTES = 3_000_000
_MEMORY = 220 << 20
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

    async def single(self, place: int = 1) -> dict[str, Any]:
        """A single video."""
        found = [video for video in (await self.control("GET", "/video/videos"))["items"] if video["list"] is None]
        return dict(found[place])

    async def misbehaving(self, **switch: Any) -> str:
        """The address of a video with a switch."""
        video = await self.single()
        await self.control("POST", f"/video/videos/{video['id']}/switch", switch)
        return str(video["url"])

    async def asked_for(self) -> set[str]:
        """What was asked of the site since its log was cleared."""
        return {call["path"] for call in (await self.control("GET", "/calls?system=video"))["items"]}

    async def fetch(self, url: str, **changes: Any) -> dict[str, Any]:
        """What the child says last."""
        async with _AT_ONCE:
            return await self._fetch(url, changes)

    async def _fetch(self, url: str, changes: dict[str, Any]) -> dict[str, Any]:
        folder = self.folder / uuid7().hex
        folder.mkdir()
        settings = self.settings
        job = {
            "do": "fetch", "url": url, "folder": str(folder), "preset": "best", "max_bytes": _MOST_BYTES,
            "extractors": settings.allowed_extractors, "hosts": settings.hosts, "allow_private": True,
            "memory_bytes": _MEMORY, "file_bytes": _MOST_BYTES * 2, "chunked": False,
            "tools": str(prepare_tools(settings)), "deno": None, "lease": 60,
        } | changes  # fmt: skip
        last: dict[str, Any] = {}
        async with Child(job, folder) as child:
            try:
                async for event in child.events():
                    last = event
                    if event["e"] == "about":
                        await child.tell({"answer": "go"})
            except ChildBroken as broken:
                last = last if last.get("e") == "failed" else {"e": "broken", "code": broken.reason.code}
        return last | {"folder": folder, "log": child.log}

    async def reason(self, url: str, **changes: Any) -> str:
        """The code of the reason for which it is not fetched."""
        said = await self.fetch(url, **changes)
        assert said["e"] in ("failed", "broken"), said
        return str(said.get("code") or reason_of(said).code)


@pytest_asyncio.fixture
async def site(tmp_path: Path, sandbox: SandboxSettings) -> AsyncIterator[Site]:
    options = fetch_settings(tmp_path / "media") | {"allowed_hosts": ("127.0.0.1",)}
    del options["min_free_bytes"]
    (tmp_path / "jobs").mkdir()
    base = sandbox.base_url.replace("localhost", "127.0.0.1")
    async with httpx2.AsyncClient(timeout=30, verify=tls()) as http:
        made = Site(base, http, FetchSettings(**options), tmp_path / "jobs")
        await made.control("DELETE", "/calls")
        yield made
        await made.control("DELETE", "/video/videos/*/switch")


class TestAddresses:
    """Nothing but the addresses that were given is asked for: the site's own log is the witness."""

    async def test_no_redirect_of_a_page_leads_to_a_place_that_was_not_allowed(self, site: Site) -> None:
        look = VideoSite(site.settings, prepare_tools(site.settings))

        async def reason(name: str) -> tuple[str, str]:
            async with _AT_ONCE:
                with pytest.raises(VideoSiteFailed) as failed:
                    await look.look(f"{site.base}/video/redirect/{name}", as_playlist=False, seconds=90)
            return name, failed.value.reason.code

        names = [name for name in REDIRECTS if name != _LEADS_HOME]
        reasons = dict(await asyncio.gather(*map(reason, names)))
        assert reasons == dict.fromkeys(names, "address_refused")
        assert await site.asked_for() == {f"/redirect/{name}" for name in names}

    @pytest.mark.parametrize("way", [way for way in WAYS if way != "picture"])
    async def test_no_media_is_fetched_from_a_place_that_was_not_allowed(self, site: Site, way: str) -> None:
        reasons = await asyncio.gather(
            *(site.reason(f"{site.base}/video/trap/{way}/{name}") for name in ("loopback-name", "link-local"))
        )
        assert set(reasons) == {"address_refused"}
        assert "/secret" not in await site.asked_for()

    async def test_a_picture_from_such_a_place_is_left_out(self, site: Site) -> None:
        said = await site.fetch(f"{site.base}/video/trap/picture/loopback-name")
        assert said["e"] == "done"
        assert "/secret" not in await site.asked_for()

    async def test_an_allowed_name_that_resolves_to_an_inner_address_is_refused(self, site: Site) -> None:
        url = f"{site.base}/video/watch/{(await site.single())['id']}".replace("127.0.0.1", "localhost")
        assert await site.reason(url, hosts=["localhost"], allow_private=False) == "address_refused"
        assert await site.asked_for() == set()

    @pytest.mark.parametrize(
        ("url", "reasons"),
        [
            ("file:///etc/passwd", {"address_refused", "unsupported"}),
            ("gopher://127.0.0.1/x", {"address_refused", "unsupported"}),
            ("ytsearch:cats", {"address_refused", "unsupported"}),
            ("https://www.dailymotion.com/video/x5kesuj", {"address_refused", "unsupported"}),
        ],
    )
    async def test_only_web_addresses_of_allowed_extractors_are_tried(
        self, site: Site, url: str, reasons: set[str]
    ) -> None:
        assert await site.reason(url) in reasons


class TestBodies:
    @pytest.mark.parametrize(
        ("switch", "reasons"),
        [
            ({"kind": "endless"}, {"too_large"}),
            ({"kind": "bomb"}, {"too_large", "out_of_memory"}),
            ({"kind": "wrong-length"}, {"not_playable"}),
            ({"kind": "short"}, {"cut_short"}),
            ({"kind": "html"}, {"not_playable"}),
            ({"kind": "endless", "where": "page"}, {"out_of_memory"}),
            ({"kind": "bomb", "where": "page"}, {"out_of_memory"}),
            ({"kind": "status", "value": 403}, {"refused"}),
            ({"kind": "status", "value": 404}, {"not_found"}),
            ({"kind": "status", "value": 429}, {"too_many_requests"}),
        ],
    )
    async def test_what_the_site_does_wrong_ends_in_its_own_reason(
        self, site: Site, switch: dict[str, Any], reasons: set[str]
    ) -> None:
        said = await site.fetch(await site.misbehaving(**switch))
        assert said["e"] in ("failed", "broken"), said
        assert str(said.get("code") or reason_of(said).code) in reasons
        sizes = [path.stat().st_size for path in said["folder"].rglob("*") if path.is_file()]
        assert sum(sizes) <= _MOST_BYTES * 2

    async def test_a_film_under_a_false_type_is_judged_by_what_is_in_it(self, site: Site) -> None:
        said = await site.fetch(await site.misbehaving(kind="wrong-type"))
        assert said["e"] == "done" or reason_of(said).code in ("unsupported", "not_playable", "unsafe_file")

    async def test_what_is_announced_as_larger_than_allowed_is_not_begun(self, site: Site) -> None:
        said = await site.fetch((await site.single())["url"], max_bytes=50_000)
        assert reason_of(said).code == "too_large"
        assert [path for path in said["folder"].rglob("*.mp4*") if path.stat().st_size > 50_000] == []


class TestNames:
    async def test_a_title_that_means_harm_names_no_path(self, site: Site) -> None:
        videos = (await site.control("GET", "/video/videos"))["items"]
        evil = [video for video in videos if video["list"] == "evil"][:_HARD_TO_NAME]
        said = await asyncio.gather(*(site.fetch(video["url"]) for video in evil))
        assert [event["e"] for event in said] == ["done"] * len(evil)
        outside = [path for path in site.folder.parent.rglob("*.mp4") if path.parent.name != "out"]
        assert outside == []

    @pytest.mark.parametrize("title", EVIL_TITLES)
    def test_a_stem_is_one_plain_name(self, title: str) -> None:
        stem = file_stem(title, "abc", uuid7())
        assert Path(stem).name == stem
        assert stem not in (".", "..")
        assert len(f"{stem}.mp4".encode()) <= 255
        assert stem.isprintable()
