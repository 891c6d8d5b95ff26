"""The real child: its leash, its limits, and the real yt-dlp against the sandbox's video site."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvloop

from medianest_downloader.clients.video_site import VideoSite, VideoSiteFailed
from medianest_downloader.fetching.media import NotPlayable, Tools
from medianest_downloader.fetching.process import COMMAND, Child, ChildBroken, environment
from medianest_downloader.fetching.toolbox import prepare_tools
from medianest_downloader.settings import FetchSettings
from medianest_sandbox.settings import Settings as SandboxSettings

from .conftest import fetch_settings, until

_SLEEPER = (sys.executable, "-c", "import time, sys; sys.stdin.readline(); print('[]', flush=True); time.sleep(3600)")


@pytest.fixture
def settings(tmp_path: Path) -> FetchSettings:
    options = fetch_settings(tmp_path)
    del options["min_free_bytes"]
    return FetchSettings(**options)


@pytest.fixture
def tools(settings: FetchSettings) -> Path:
    return prepare_tools(settings)


@pytest.fixture
def film(tools: Path, tmp_path: Path) -> Path:
    """Two seconds of picture."""
    return made(tools, tmp_path / "film.mp4", seconds=2)


def made(tools: Path, path: Path, *, seconds: int) -> Path:
    """A film with its index in front, as video sites send it."""
    command = [
        str(tools / "ffmpeg"), "-v", "error", "-f", "lavfi", "-i", f"testsrc=d={seconds}:s=160x120:r=10",
        "-pix_fmt", "yuv420p", "-movflags", "faststart", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=30)
    return path


class TestPlayable:
    def test_a_whole_film_has_its_length(self, tools: Path, film: Path) -> None:
        assert Tools(tools).check(film, expected=2.0, sound=False) == pytest.approx(2.0, abs=0.2)

    def test_a_film_cut_short_is_not_playable_although_its_header_promises_all(self, tools: Path, film: Path) -> None:
        film.write_bytes(film.read_bytes()[: film.stat().st_size * 6 // 10])
        with pytest.raises(NotPlayable):
            Tools(tools).check(film, expected=2.0, sound=False)

    @pytest.mark.parametrize("tenths", [2, 4, 5, 7, 9])
    def test_a_long_film_cut_anywhere_is_not_playable(self, tools: Path, tmp_path: Path, tenths: int) -> None:
        film = made(tools, tmp_path / "long.mp4", seconds=8)
        film.write_bytes(film.read_bytes()[: film.stat().st_size * tenths // 10])
        with pytest.raises(NotPlayable):
            Tools(tools).check(film, expected=8.0, sound=False)

    @pytest.mark.parametrize("content", [b"<html>not a film</html>", b"", b"#EXTM3U\nhttp://127.0.0.1:1/x.ts\n"])
    def test_what_only_poses_as_a_film_is_not_playable(self, tools: Path, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "posing.mp4"
        path.write_bytes(content)
        with pytest.raises(NotPlayable):
            Tools(tools).check(path, expected=None, sound=False)

    def test_a_film_without_sound_is_no_audio_file(self, tools: Path, film: Path) -> None:
        with pytest.raises(NotPlayable):
            Tools(tools).check(film, expected=None, sound=True)


class TestEnd:
    async def test_leaving_kills_the_whole_group(self, tmp_path: Path) -> None:
        command = ("/bin/sh", "-c", "trap '' TERM; sleep 3600 & echo $!; wait; sleep 3600")
        async with Child({}, tmp_path, command) as child:
            line = await child._line()
        for pid in (child.pid, int(line)):
            await until(partial(_has_ended, pid))  # who was killed may still have to be given its turn to die

    async def test_an_endless_line_is_not_swallowed(self, tmp_path: Path) -> None:
        command = (sys.executable, "-c", "print('x' * 300_000, flush=True); input(); input()")
        async with Child({}, tmp_path, command) as child:
            with pytest.raises(ChildBroken):
                async for _ in child.events():
                    pass

    def test_telling_one_that_has_ended_harms_nothing(self, tmp_path: Path) -> None:
        """On the loop of the services, which has its own opinion about a pipe that was closed."""

        async def tell() -> int:
            async with Child({}, tmp_path, ("/bin/true",)) as child:
                code = await child._process.wait()
                for _ in range(3):
                    await child.tell({"lease": 1.0})
                    await asyncio.sleep(0.05)
                return code

        assert uvloop.run(tell()) == 0

    async def test_a_child_sees_nothing_of_our_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MEDIANEST_DATABASE_URL", "postgresql://secret")
        assert "secret" not in json.dumps(environment(tmp_path))


async def _has_ended(pid: int) -> bool:
    """Gone, or waiting for whoever adopted it to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].startswith("Z")
    except OSError:
        return True


class TestLeash:
    def _job(self, url: str, tmp_path: Path, tools: Path, lease: float) -> dict[str, Any]:
        return {
            "do": "list", "url": url, "max_entries": 10, "extractors": ["generic"], "hosts": ["127.0.0.1"],
            "allow_private": True, "memory_bytes": 1 << 30, "file_bytes": 1 << 20, "tools": str(tools), "lease": lease,
        }  # fmt: skip

    async def _silent_site(self) -> tuple[asyncio.Server, str]:
        async def accept(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            await reader.read()

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x.mp4"

    async def test_a_child_whose_lease_is_not_renewed_kills_itself(self, tmp_path: Path, tools: Path) -> None:
        server, url = await self._silent_site()
        async with server, Child(self._job(url, tmp_path, tools, 2.5), tmp_path) as child:
            async with asyncio.timeout(8):
                assert await child._process.wait() == -signal.SIGKILL

    async def test_a_child_whose_parent_is_gone_kills_itself(self, tmp_path: Path, tools: Path) -> None:
        server, url = await self._silent_site()
        async with server, Child(self._job(url, tmp_path, tools, 60), tmp_path) as child:
            assert child._process.stdin is not None
            child._process.stdin.close()
            async with asyncio.timeout(8):
                assert await child._process.wait() == -signal.SIGKILL


class TestLook:
    async def test_lists_a_playlist_of_the_site(
        self, settings: FetchSettings, tools: Path, sandbox: SandboxSettings
    ) -> None:
        site = VideoSite(settings, tools)
        listing = await site.look(f"{sandbox.base_url}/video/playlist/bread-basics", as_playlist=False, seconds=40)
        assert (listing.kind, listing.title, len(listing.entries)) == ("playlist", "Bread basics", 5)

    async def test_a_redirect_to_an_inner_address_is_refused(self, tmp_path: Path, sandbox: SandboxSettings) -> None:
        options = fetch_settings(tmp_path) | {"allow_private_addresses": False, "allowed_hosts": ("127.0.0.1",)}
        del options["min_free_bytes"]
        settings = FetchSettings(**options)
        site = VideoSite(settings, prepare_tools(settings))
        with pytest.raises(VideoSiteFailed) as failed:
            await site.look(f"{sandbox.base_url}/video/playlist/bread-basics", as_playlist=False, seconds=40)
        assert failed.value.reason.code == "address_refused"

    def test_what_a_killed_process_left_of_a_listing_is_gone_an_hour_later(
        self, settings: FetchSettings, tools: Path
    ) -> None:
        left = settings.work_folder / ".lists" / "left"
        left.mkdir(parents=True)
        (left / "x.part").touch()
        now = [time.time()]
        site = VideoSite(settings, tools, clock=lambda: now[0])
        site.tidy()
        assert left.exists()
        now[0] += 3601
        site.tidy()
        assert not left.exists()

    async def test_a_child_that_never_answers_is_ended_in_time(self, settings: FetchSettings, tools: Path) -> None:
        site = VideoSite(settings, tools, _SLEEPER)
        with pytest.raises(VideoSiteFailed) as failed:
            await site.look("https://youtu.be/x", as_playlist=False, seconds=0.5)
        assert failed.value.reason.code == "stalled"


def test_the_child_runs_isolated_from_the_users_python() -> None:
    assert "-I" in COMMAND
