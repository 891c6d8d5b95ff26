"""The job a worker gives to a child."""

from pathlib import Path
from typing import Any

from medianest_downloader.fetching.toolbox import find_deno
from medianest_downloader.service.runs import Assignment
from medianest_downloader.settings import WorkerSettings

_MIB = 1024**2
_SPARE_BYTES = 64 * _MIB  # merging writes headers and posters beside the media
_CHUNKED = frozenset({"youtube"})  # the site slows long requests down; others may not know ranges


def fetch_job(settings: WorkerSettings, tools: Path, folder: Path, mine: Assignment, lease: float) -> dict[str, Any]:
    return {
        "do": "fetch",
        "url": mine.url,
        "folder": str(folder),
        "preset": mine.preset,
        "max_bytes": mine.max_bytes,
        "extractors": settings.allowed_extractors,
        "hosts": (*settings.hosts, *settings.media_hosts),
        "allow_private": settings.allow_private_addresses,
        "memory_bytes": settings.child_memory_mb * _MIB,
        "file_bytes": min(settings.max_file_bytes, mine.max_bytes) + _SPARE_BYTES,
        "chunked": mine.extractor in _CHUNKED,
        "tools": str(tools),
        "deno": find_deno(),
        "lease": lease,
    }
