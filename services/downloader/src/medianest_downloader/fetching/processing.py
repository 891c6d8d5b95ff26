"""What yt-dlp does besides fetching: subtitles, sound alone, cutting, metadata. The order matters."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yt_dlp.postprocessor.ffmpeg import FFmpegExtractAudioPP, FFmpegMetadataPP

from medianest_downloader.domain.presets import Quality
from medianest_downloader.fetching.media import Tools
from medianest_downloader.fetching.sponsors import CutsPP, SegmentsPP
from medianest_downloader.fetching.subtitles import SubtitlesPP

BEFORE = frozenset({"Subtitles", "Segments"})  # these run before the video comes


@dataclass(frozen=True)
class Extras:
    """What came of the wishes beyond the file itself."""

    subtitles: SubtitlesPP
    segments: SegmentsPP | None

    def report(self) -> dict[str, Any]:
        return {
            "subtitles": {language: path.name for language, path in self.subtitles.found.items()},
            "looked_for": self.subtitles.looked_for,
            "cut": self.segments is not None and self.segments.reached,
        }


def equip(ydl: Any, job: dict[str, Any], wanted: Quality, tools: Tools) -> Extras:
    subtitles = SubtitlesPP(job.get("subtitles", ()), Path(job["folder"]) / "out", tools)
    ydl.add_post_processor(subtitles, when="before_dl")
    if wanted.sound is not None:
        ydl.add_post_processor(FFmpegExtractAudioPP(ydl, preferredcodec=wanted.sound))
    segments = None
    if categories := job.get("sponsorblock"):
        segments = SegmentsPP(ydl, categories, job["sponsorblock_api"], development=job["allow_private"])
        ydl.add_post_processor(segments, when="before_dl")
        ydl.add_post_processor(CutsPP(ydl, categories, segments))
    ydl.add_post_processor(FFmpegMetadataPP(ydl, add_metadata=True, add_chapters=True))
    return Extras(subtitles, segments)
