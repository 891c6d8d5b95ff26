"""What yt-dlp is told. Nothing of it comes from a user but the address and the preset."""

import os
import sys
from typing import Any

from medianest_downloader.domain.presets import Preset, quality

_CHUNK = 10 * 1024 * 1024


class StderrLog:
    """yt-dlp's words go to standard error, where the parent keeps the end of them."""

    def debug(self, message: str) -> None:
        if not message.startswith("[debug] "):
            self._say(message)

    def info(self, message: str) -> None:
        self._say(message)

    def warning(self, message: str) -> None:
        self._say(f"WARNING: {message}")

    def error(self, message: str) -> None:
        self._say(message)

    def _say(self, message: str) -> None:
        sys.stderr.write(message[:2000] + "\n")


def base(job: dict[str, Any]) -> dict[str, Any]:
    """Common to listing and fetching."""
    return {
        "quiet": True,
        "noprogress": True,
        "color": "no_color",
        "logger": StderrLog(),
        "allowed_extractors": list(job["extractors"]),
        "default_search": "error",
        "noplaylist": not job.get("as_playlist", False),
        "enable_file_urls": False,
        "cachedir": False,
        "proxy": "",
        "socket_timeout": 20,
        "retries": 3,
        "extractor_retries": 2,
        "ffmpeg_location": job.get("tools"),
        "ignoreerrors": False,
        "geo_bypass": False,
        "js_runtimes": {"deno": {"path": job["deno"]}} if job.get("deno") else {"deno": {}},
    }


def listing(job: dict[str, Any]) -> dict[str, Any]:
    """Name the entries of a playlist without asking for each."""
    return base(job) | {"extract_flat": "in_playlist", "playlist_items": f"1:{job['max_entries']}"}


def fetching(job: dict[str, Any]) -> dict[str, Any]:
    """Fetch one video into `out` of the job's folder; names are ours, so a stranger's title is never a path."""
    wanted = quality(Preset(job["preset"]))
    return base(job) | {
        "format": wanted.format,
        "format_sort": list(wanted.sort),
        "merge_output_format": "mp4",
        "paths": {"home": os.path.join(job["folder"], "out"), "temp": os.path.join(job["folder"], "tmp")},  # noqa: PTH118 - what yt-dlp takes
        "outtmpl": {"default": "media.%(format_id).40B.%(ext)s", "pl_thumbnail": ""},
        "playlist_items": "1",
        "writethumbnail": True,
        "continuedl": True,
        "overwrites": True,
        "fragment_retries": 5,
        "skip_unavailable_fragments": False,  # a film with a hole is no film
        "file_access_retries": 2,
        "concurrent_fragment_downloads": 1,
        "http_chunk_size": _CHUNK if job.get("chunked") else None,
        "external_downloader": {"default": "native"},
        "updatetime": False,
    }
