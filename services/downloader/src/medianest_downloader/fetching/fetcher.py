"""Fetching one video, in the child."""

import fcntl
import os
import time
from pathlib import Path
from typing import Any

import yt_dlp
from yt_dlp.downloader.external import FFmpegFD

from medianest_downloader.domain.naming import MEDIA_EXTENSIONS, clean_text
from medianest_downloader.domain.presets import Preset, quality
from medianest_downloader.fetching import options
from medianest_downloader.fetching.channel import Channel, Leash
from medianest_downloader.fetching.media import Tools
from medianest_downloader.fetching.processing import Extras, equip
from medianest_downloader.fetching.progress import Progress, TooLarge

_LOCK_PATIENCE = 30.0
_PICTURES = frozenset({"jpg", "jpeg", "webp", "png"})


class LiveBroadcast(Exception):
    """It has no end that could be waited for."""


class UserNotLive(Exception):
    """It has not begun."""


class UnsafeExtension(Exception):
    """Not a kind of file we keep."""


class NoFile(Exception):
    """yt-dlp is content, but there is no file."""


class FolderHeld(Exception):
    """The child of an earlier attempt has not gone; its parent, and it, may have been stopped."""


class FFmpegRefused(Exception):
    """ffmpeg would open connections past the guard."""


class _Contained(yt_dlp.YoutubeDL):  # type: ignore[misc]  # yt-dlp has no types
    """Refuses every file name whose real path leaves the job's folder."""

    folder = ""

    def prepare_filename(self, *args: Any, **options: Any) -> Any:
        name = super().prepare_filename(*args, **options)
        inside = os.path.realpath(self.folder) + os.sep
        if name and name != "-" and not (os.path.realpath(name) + os.sep).startswith(inside):
            raise UnsafeExtension("the file name leads outside")
        return name


def _refuse_ffmpeg(*_: Any, **__: Any) -> Any:
    raise FFmpegRefused("only ffmpeg could fetch this")


class Fetcher:
    """One job: describe the video, wait for the parent's word, fetch it, check it, say what lies where."""

    def __init__(self, job: dict[str, Any], channel: Channel, leash: Leash) -> None:
        self._job = job
        self._channel = channel
        self._leash = leash
        self._folder = Path(job["folder"])
        self._progress = Progress(channel, job["max_bytes"])
        self._quality = quality(Preset(job["preset"]))
        self._tools = Tools(Path(job["tools"]))
        self._extras: Extras | None = None
        self._skipped = False

    def run(self) -> None:
        (self._folder / "tmp").mkdir(exist_ok=True)
        out = self._folder / "out"
        out.mkdir(exist_ok=True)
        lock = _locked(self._folder / "lock")
        try:
            self._progress.phase("preparing")
            info = self._download()
            if self._skipped:
                self._channel.send("skipped")
            else:
                self._finish(_only(info))
        finally:
            os.close(lock)

    def _download(self) -> dict[str, Any]:
        FFmpegFD.real_download = _refuse_ffmpeg
        parameters = options.fetching(self._job) | {
            "match_filter": self._ask,
            "progress_hooks": [self._progress.hook],
            "postprocessor_hooks": [self._progress.processing],
        }
        with _Contained(parameters) as ydl:
            ydl.folder = str(self._folder)
            self._extras = equip(ydl, self._job, self._quality, self._tools)
            info: dict[str, Any] = ydl.extract_info(self._job["url"], download=True)
        return info

    def _ask(self, info: dict[str, Any], *, incomplete: Any) -> str | None:
        """Called by yt-dlp when it knows the video and has fetched nothing."""
        if incomplete:
            return None
        if info.get("live_status") == "is_upcoming":
            raise UserNotLive("it has not begun")
        if info.get("is_live"):
            raise LiveBroadcast("it is live")
        self._progress.expect(info)
        self._channel.send("about", **_about(info))
        self._skipped = self._leash.answer() != "go"
        return "not wanted" if self._skipped else None

    def _finish(self, info: dict[str, Any]) -> None:
        self._progress.phase("finishing")
        path = self._media(info)
        sound = self._quality.sound is not None
        poster = path.with_name("poster.jpg")
        picture = _picture(path)
        if sound and picture is not None:
            self._tools.cover(picture, path)
        duration = self._tools.check(path, expected=info.get("duration"), sound=sound)
        made = not sound and self._tools.poster(picture, path, poster, at=duration * 0.1)
        self._channel.send(
            "done",
            media=path.name,
            poster=poster.name if made else None,
            bytes=path.stat().st_size,
            duration=duration,
            **(self._extras.report() if self._extras else {}),
        )

    def _media(self, info: dict[str, Any]) -> Path:
        found = [d.get("filepath") for d in info.get("requested_downloads") or () if d.get("filepath")]
        if not found or not Path(found[0]).is_file() or Path(found[0]).stat().st_size == 0:
            size = info.get("filesize") or info.get("filesize_approx") or 0
            if size > self._job["max_bytes"]:
                raise TooLarge(f"{size} bytes")
            raise NoFile("no file came")
        path = Path(found[0])
        if path.suffix[1:].lower() not in MEDIA_EXTENSIONS:
            raise UnsafeExtension(path.suffix[:20])
        return path


def _locked(path: Path) -> int:
    """Hold the folder alone: a child of a parent that was cut off may need a moment to notice."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    until = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise FolderHeld from None
            time.sleep(0.2)
        else:
            return handle


def _only(info: dict[str, Any]) -> dict[str, Any]:
    """The video; a page that turned out to hold several was asked for its first."""
    if "entries" not in info:
        return info
    entries = [entry for entry in info["entries"] or () if entry]
    if not entries:
        raise NoFile("nothing at this address")
    first: dict[str, Any] = entries[0]
    return first


def _about(info: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": clean_text(info.get("id"), longest=300),
        "extractor": clean_text(info.get("extractor_key"), longest=100).lower(),
        "page": str(info.get("webpage_url") or "")[:2000],
        "title": clean_text(info.get("title")) or "Video",
        "uploader": clean_text(info.get("uploader") or info.get("channel"), longest=200),
        "plot": clean_text(info.get("description"), longest=5000),
        "date": clean_text(info.get("upload_date"), longest=8) or None,
        "duration": info.get("duration") if isinstance(info.get("duration"), (int, float)) else None,
    }


def _picture(video: Path) -> Path | None:
    for path in sorted(video.parent.glob("media.*")):
        if path.suffix[1:].lower() in _PICTURES and path.is_file() and not path.is_symlink():
            return path
    return None
