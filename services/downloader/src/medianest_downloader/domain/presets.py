"""What a user may ask for: quality, subtitles, what is cut out. And what a quality means to yt-dlp."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Preset(StrEnum):
    BEST = "best"
    P2160 = "2160p"
    P1080 = "1080p"
    P720 = "720p"
    MP3 = "mp3"
    M4A = "m4a"
    OPUS = "opus"


class SponsorBlockCategory(StrEnum):
    """Parts of a video that people mark at SponsorBlock and that can be cut out."""

    SPONSOR = "sponsor"
    INTRO = "intro"
    OUTRO = "outro"
    SELFPROMO = "selfpromo"
    PREVIEW = "preview"
    FILLER = "filler"
    INTERACTION = "interaction"
    MUSIC_OFFTOPIC = "music_offtopic"
    HOOK = "hook"


LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
MOST_LANGUAGES = 10


@dataclass(frozen=True)
class Quality:
    """yt-dlp's `format` and `format_sort`. Sorting, unlike filtering, still takes what has no height at all.

    `sound` names the kind of file when sound alone is wanted.
    """

    format: str
    sort: tuple[str, ...]
    sound: Literal["mp3", "m4a", "opus"] | None = None


_DIRECT_PLAY = ("vcodec:h264", "acodec:aac")  # what most Plex clients play without converting
_PICTURE = "bv*+ba/b"
_SOUND = "ba/b"

_QUALITIES = {
    Preset.BEST: Quality(_PICTURE, ("res", "fps")),
    Preset.P2160: Quality(_PICTURE, ("res:2160", "fps")),
    Preset.P1080: Quality(_PICTURE, ("res:1080", *_DIRECT_PLAY)),
    Preset.P720: Quality(_PICTURE, ("res:720", *_DIRECT_PLAY)),
    Preset.MP3: Quality(_SOUND, (), sound="mp3"),
    Preset.M4A: Quality(_SOUND, ("acodec:aac",), sound="m4a"),
    Preset.OPUS: Quality(_SOUND, ("acodec:opus",), sound="opus"),
}


def quality(preset: Preset) -> Quality:
    return _QUALITIES[preset]
