"""What a user may ask for in quality, and what that means to yt-dlp."""

from dataclasses import dataclass
from enum import StrEnum


class Preset(StrEnum):
    BEST = "best"
    P2160 = "2160p"
    P1080 = "1080p"
    P720 = "720p"
    AUDIO = "audio"


@dataclass(frozen=True)
class Quality:
    """yt-dlp's `format` and `format_sort`. Sorting, unlike filtering, still takes what has no height at all."""

    format: str
    sort: tuple[str, ...]
    audio_only: bool = False


_DIRECT_PLAY = ("vcodec:h264", "acodec:aac")  # what most Plex clients play without converting
_PICTURE = "bv*+ba/b"

_QUALITIES = {
    Preset.BEST: Quality(_PICTURE, ("res", "fps")),
    Preset.P2160: Quality(_PICTURE, ("res:2160", "fps")),
    Preset.P1080: Quality(_PICTURE, ("res:1080", *_DIRECT_PLAY)),
    Preset.P720: Quality(_PICTURE, ("res:720", *_DIRECT_PLAY)),
    Preset.AUDIO: Quality("ba/b", ("acodec:aac",), audio_only=True),
}


def quality(preset: Preset) -> Quality:
    return _QUALITIES[preset]
