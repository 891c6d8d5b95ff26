"""Listing, in the child: what lies at an address, without fetching it."""

from collections.abc import Iterator
from typing import Any

import yt_dlp
from yt_dlp.utils import unsmuggle_url

from medianest_downloader.domain.naming import clean_text
from medianest_downloader.fetching import options
from medianest_downloader.fetching.channel import Channel

_LONGEST_URL = 2000
_MOST_TABS = 3


def run(job: dict[str, Any], channel: Channel) -> None:
    """Send one `listing` and an `entry` for each video."""
    with yt_dlp.YoutubeDL(options.listing(job)) as ydl:
        info = ydl.extract_info(job["url"], download=False)
        if info.get("_type") in ("playlist", "multi_video"):
            most = job["max_entries"] * (_MOST_TABS if job.get("each_tab") else 1)
            _send_playlist(ydl, info, channel, most)
        else:
            _send_video(info, channel)


def _send_video(info: dict[str, Any], channel: Channel) -> None:
    channel.send(
        "listing",
        kind="video",
        title=clean_text(info.get("title")) or "Video",
        uploader=clean_text(info.get("uploader") or info.get("channel"), longest=200) or None,
        total=1,
        estimated_bytes=_estimated_bytes(info),
    )
    channel.send("entry", **_entry(info, 1, info.get("webpage_url") or info.get("url")))


def _send_playlist(ydl: Any, info: dict[str, Any], channel: Channel, most: int) -> None:
    entries = [entry for _, entry in zip(range(most), _flat(ydl, info), strict=False)]
    channel.send(
        "listing",
        kind="channel" if _is_channel(info) else "playlist",
        title=clean_text(info.get("title")) or "Playlist",
        uploader=clean_text(info.get("uploader") or info.get("channel"), longest=200) or None,
        total=max(len(entries), _number(info.get("playlist_count")) or 0),
        estimated_bytes=None,
    )
    for position, entry in enumerate(entries, start=1):
        url, _ = unsmuggle_url(entry.get("url") or entry.get("webpage_url") or "")
        if url and len(url) <= _LONGEST_URL:
            channel.send("entry", **_entry(entry, position, url))


def _flat(ydl: Any, info: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The entries; a channel's front page lists its tabs, whose entries are meant."""
    tabs = 0
    for entry in info.get("entries") or ():
        if not entry:
            continue
        if entry.get("ie_key") != "YoutubeTab":
            yield entry
        elif tabs < _MOST_TABS:
            tabs += 1
            tab = ydl.extract_info(entry["url"], download=False)
            yield from (inner for inner in tab.get("entries") or () if inner and inner.get("ie_key") != "YoutubeTab")


def _entry(entry: dict[str, Any], position: int, url: Any) -> dict[str, Any]:
    extractor = entry.get("ie_key") or entry.get("extractor_key")
    return {
        "position": position,
        "url": str(url),
        "id": clean_text(entry.get("id"), longest=300) or None,
        "extractor": clean_text(extractor, longest=100).lower() or None,
        "title": clean_text(entry.get("title")),
        "duration": _number(entry.get("duration")),
        "published": _number(entry.get("timestamp")),
    }


def _is_channel(info: dict[str, Any]) -> bool:
    return info.get("extractor_key") == "YoutubeTab" and str(info.get("id") or "").startswith(("UC", "@"))


def _estimated_bytes(info: dict[str, Any]) -> int | None:
    parts = info.get("requested_formats") or [info]
    sizes = [_number(part.get("filesize") or part.get("filesize_approx")) for part in parts]
    return int(sum(size for size in sizes if size)) or None


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and 0 <= value < 1e15 else None
