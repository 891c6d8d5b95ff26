"""The job a worker gives to a child."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from medianest_downloader.fetching.toolbox import find_deno
from medianest_downloader.service.runs import Assignment
from medianest_downloader.settings import WorkerSettings

_MIB = 1024**2
_SPARE_BYTES = 64 * _MIB  # merging writes headers and posters beside the media
_CHUNKED = frozenset({"youtube"})  # the site slows long requests down; others may not know ranges


def _hosts(settings: WorkerSettings, mine: Assignment) -> tuple[str, ...]:
    """SponsorBlock's is reached only by a video that something shall be cut out of."""
    api = urlsplit(settings.sponsorblock_api).hostname if mine.wish.sponsorblock else None
    return (*settings.hosts, *settings.media_hosts, *([api] if api else []))


def fetch_job(settings: WorkerSettings, tools: Path, folder: Path, mine: Assignment, lease: float) -> dict[str, Any]:
    return {
        "do": "fetch",
        "url": mine.url,
        "folder": str(folder),
        "preset": mine.wish.preset,
        "subtitles": mine.wish.subtitles,
        "sponsorblock": mine.wish.sponsorblock,
        "sponsorblock_api": settings.sponsorblock_api,
        "max_bytes": mine.max_bytes,
        "extractors": settings.allowed_extractors,
        "hosts": _hosts(settings, mine),
        "allow_private": settings.allow_private_addresses,
        "memory_bytes": settings.child_memory_mb * _MIB,
        "file_bytes": min(settings.max_file_bytes, mine.max_bytes) + _SPARE_BYTES,
        "chunked": mine.extractor in _CHUNKED,
        "tools": str(tools),
        "deno": find_deno(),
        "lease": lease,
    }
