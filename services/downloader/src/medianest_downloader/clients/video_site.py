"""Looking at an address with yt-dlp, in a guarded child of its own."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medianest_downloader.domain.failures import NO_FILE, SILENT, Reason
from medianest_downloader.fetching.process import COMMAND, Child, ChildBroken, reason_of
from medianest_downloader.fetching.toolbox import find_deno
from medianest_downloader.settings import FetchSettings

_MIB = 1024**2
_LEFT_BEHIND_SECONDS = 3600.0  # no listing takes so long
_FILE_BYTES = 64 * _MIB  # a listing writes next to nothing


class VideoSiteFailed(Exception):
    """The site, the network or the child did not do its part; `reason` says what it means."""

    def __init__(self, reason: Reason, log: str = "") -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.log = log


@dataclass(frozen=True)
class Entry:
    """One video of a listing; texts are clean, `extractor` and `video_id` may be unknown."""

    position: int
    url: str
    title: str
    duration: float | None = None
    extractor: str | None = None
    video_id: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True)
class Listing:
    kind: str
    title: str
    uploader: str | None
    total: int
    estimated_bytes: int | None
    entries: list[Entry] = field(default_factory=list)

    @property
    def duration(self) -> float | None:
        known = [entry.duration for entry in self.entries if entry.duration is not None]
        return sum(known) if known else None


class VideoSite:
    def __init__(
        self,
        settings: FetchSettings,
        tools: Path,
        command: Sequence[str] = COMMAND,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._tools = tools
        self._command = command
        self._clock = clock
        self._folder = settings.work_folder / ".lists"

    async def look(self, url: str, *, as_playlist: bool, seconds: float, most: int | None = None) -> Listing:
        """What lies at the address; raises VideoSiteFailed, after `seconds` at the latest.

        With `most`, so many entries of each tab of a channel, else as many as a playlist may have of all together.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            try:
                async with asyncio.timeout(seconds):
                    job = self._job(url, as_playlist, seconds)
                    if most is not None:
                        job |= {"max_entries": most, "each_tab": True}
                    return await self._look(job, Path(name))
            except TimeoutError:
                raise VideoSiteFailed(SILENT) from None

    def tidy(self) -> None:
        """Remove what a killed process left of its listings an hour ago or earlier."""
        old = self._clock() - _LEFT_BEHIND_SECONDS
        for folder in self._folder.glob("*"):
            with suppress(FileNotFoundError):  # it was still at it, or another replica tidies too
                if folder.stat().st_mtime < old:
                    shutil.rmtree(folder, ignore_errors=True)

    def _job(self, url: str, as_playlist: bool, seconds: float) -> dict[str, Any]:
        settings = self._settings
        return {
            "do": "list",
            "url": url,
            "as_playlist": as_playlist,
            "max_entries": settings.max_items,
            "extractors": settings.allowed_extractors,
            "hosts": (*settings.hosts, *settings.media_hosts),
            "allow_private": settings.allow_private_addresses,
            "memory_bytes": settings.child_memory_mb * _MIB,
            "file_bytes": _FILE_BYTES,
            "tools": str(self._tools),
            "deno": find_deno(),
            "lease": seconds + 5,
        }

    async def _look(self, job: dict[str, Any], folder: Path) -> Listing:
        child = Child(job, folder, self._command)
        try:
            async with child:
                return await _heard(child)
        except ChildBroken as broken:
            raise VideoSiteFailed(broken.reason, child.log) from None


async def _heard(child: Child) -> Listing:
    """What it lists; raises ChildBroken with what it says of a failure."""
    listing: Listing | None = None
    async for event in child.events():
        if event["e"] == "failed":
            raise ChildBroken(reason_of(event))
        if event["e"] == "listing":
            listing = _listing(event)
        elif event["e"] == "entry" and listing is not None:
            listing.entries.append(_entry(event))
    if listing is None:
        raise ChildBroken(NO_FILE)
    return listing


def _listing(event: dict[str, Any]) -> Listing:
    return Listing(
        kind=str(event["kind"]),
        title=str(event["title"])[:500],
        uploader=event.get("uploader"),
        total=int(event["total"]),
        estimated_bytes=event.get("estimated_bytes"),
    )


def _entry(event: dict[str, Any]) -> Entry:
    return Entry(
        position=int(event["position"]),
        url=str(event["url"]),
        title=str(event.get("title") or "")[:500],
        duration=event.get("duration"),
        extractor=event.get("extractor"),
        video_id=event.get("id"),
        published_at=_time(event.get("published")),
    )


def _time(seconds: float | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (OverflowError, OSError, ValueError):
        return None
