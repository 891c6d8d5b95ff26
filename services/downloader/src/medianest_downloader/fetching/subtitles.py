"""Subtitles beside the video, in the child: chosen, fetched and converted before the video is, never at its cost.

A post-processor of yt-dlp's, so that what is cut out of the video later is cut out of them too.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yt_dlp.networking import Request
from yt_dlp.postprocessor.common import PostProcessor

from medianest_downloader.fetching.media import Tools

_KINDS = ("srt", "vtt", "ass", "ssa")  # what ffmpeg reads, the best first
_PROTOCOLS = frozenset({None, "http", "https"})
_MOST_BYTES = 5 * 1024 * 1024
_TRIES = 2

Tracks = Mapping[str, list[dict[str, Any]]]


class SubtitlesPP(PostProcessor):  # type: ignore[misc]  # yt-dlp has no types
    """`found` are files by language, `looked_for` the languages that are there or known not to exist."""

    def __init__(self, languages: list[str], folder: Path, tools: Tools) -> None:
        super().__init__()
        self._languages = languages
        self._folder = folder
        self._tools = tools
        self.found: dict[str, Path] = {}
        self.looked_for: list[str] = []

    def run(self, info: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
        for language in self._languages:
            track = choose(info.get("subtitles") or {}, info.get("automatic_captions") or {}, language)
            path = self._fetch(track, language, info) if track is not None else None
            if path is not None:
                self.found[language] = path
            if path is not None or track is None:
                self.looked_for.append(language)
        cut_too = {language: {"ext": "srt", "filepath": str(path)} for language, path in self.found.items()}
        return [], info | {"requested_subtitles": cut_too}

    def _fetch(self, track: dict[str, Any], language: str, info: dict[str, Any]) -> Path | None:
        raw = self._folder / f"subtitle.{language}.raw.{track['ext']}"
        target = self._folder / f"subtitle.{language}.srt"
        for _ in range(_TRIES):
            try:
                raw.write_bytes(self._content(track, info))
                if self._tools.subtitle(raw, target):
                    return target
            except Exception as error:  # noqa: BLE001 - whatever it is, the video is worth more
                self.report_warning(f"the {language} subtitles did not come: {str(error)[:200]}")
            finally:
                raw.unlink(missing_ok=True)
        return None

    def _content(self, track: dict[str, Any], info: dict[str, Any]) -> bytes:
        if track.get("data") is not None:
            return str(track["data"]).encode()[:_MOST_BYTES]
        headers = track.get("http_headers") or info.get("http_headers") or {}
        with self._downloader.urlopen(Request(track["url"], headers=headers)) as answer:
            content: bytes = answer.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ValueError("they are larger than subtitles are")
        return content


def choose(subtitles: Tracks, automatic: Tracks, language: str) -> dict[str, Any] | None:
    """The language itself, else a kind of it (`en-GB` for `en`); made by people before made by machines."""
    wanted = language.casefold()
    for tracks in (subtitles, automatic):
        names = [name for name in tracks if isinstance(name, str)]
        exact = [name for name in names if name.casefold() == wanted]
        kinds = [name for name in names if name.casefold().startswith(f"{wanted}-")]
        for name in exact + sorted(kinds):
            if track := _readable(tracks[name]):
                return track
    return None


def _readable(versions: list[dict[str, Any]]) -> dict[str, Any] | None:
    for kind in _KINDS:
        for version in versions:
            plain = version.get("protocol") in _PROTOCOLS
            if version.get("ext") == kind and plain and (version.get("url") or version.get("data") is not None):
                return version
    return None
