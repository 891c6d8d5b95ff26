"""What a run has made, before it is in the library."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from medianest_downloader.domain.nfo import Description
from medianest_downloader.models import ArchivedVideo, DownloadItem

Paths = dict[str, str]


@dataclass(frozen=True)
class Files:
    media: Path
    poster: Path | None = None
    subtitles: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Produced:
    """Checked files, ready to be moved into the library; `extractor` and `video_id` identify the video.

    `looked_for` are languages that are there or known not to exist; `cuts` names what was cut out.
    """

    about: Description
    files: Files
    size: int
    duration: float | None
    extractor: str
    video_id: str
    linked: bool = False
    looked_for: tuple[str, ...] = ()
    cuts: str = ""


Place = Callable[[str, str, Produced], Paths]
"""Puts files into a folder below the library under a stem; returns their paths relative to the library."""


def linked(known: ArchivedVideo, files: Files, about: Description) -> Produced:
    """What somebody fetched before; `about` says what is not known of it."""
    kept = dict(known.about)
    duration = kept.pop("duration", None)
    return Produced(
        about=Description(**(asdict(replace(about, episode=None)) | kept)),
        files=files,
        size=known.bytes,
        duration=duration,
        extractor=known.extractor,
        video_id=known.video_id,
        linked=True,
        looked_for=tuple(known.subtitles),
        cuts=known.cuts,
    )


def archive_entry(item: DownloadItem, preset: str, produced: Produced) -> ArchivedVideo:
    return ArchivedVideo(
        item_id=item.id,
        user_id=item.user_id,
        extractor=produced.extractor,
        video_id=produced.video_id,
        preset=preset,
        cuts=produced.cuts,
        subtitles=list(produced.looked_for),
        about=asdict(replace(produced.about, episode=None)) | {"duration": produced.duration},
        file_paths=item.file_paths or {},
        bytes=produced.size,
    )
