"""A download on its way into Plex."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from medianest_downloader.clients.plex import PlexItem, PlexServer, Section
from medianest_downloader.domain.naming import download_folder
from medianest_downloader.domain.plex_paths import holder, holds, is_same_file
from medianest_downloader.models import Download, DownloadItem
from medianest_downloader.service.plex_leavings import Leavings


@dataclass
class Delivery:
    """What is to be brought there, and what has come of it so far."""

    download: Download
    items: Sequence[DownloadItem]
    seen: dict[UUID, PlexItem] = field(default_factory=dict)
    collection_id: str | None = None
    collection_made: bool = False
    playlist_id: str | None = None
    theirs: PlexServer | None = None
    note: str | None = None

    @property
    def dropped(self) -> set[str]:
        """What Plex showed and is not kept any more."""
        return set(self.download.plex_dropped)

    @property
    def in_order(self) -> list[PlexItem]:
        return [self.seen[item.id] for item in self.items if item.id in self.seen]

    @property
    def missing(self) -> list[DownloadItem]:
        return [item for item in self.items if item.id not in self.seen]

    @property
    def leavings(self) -> Leavings | None:
        keys = [*self.dropped, *(item.rating_key for item in self.in_order)]
        return Leavings.among(
            self.download,
            keys,
            playlist_id=self.playlist_id,
            collection_id=self.collection_id if self.collection_made else None,
        )

    @property
    def folders(self) -> list[str]:
        """Where the files lie that Plex has not shown, or all, below the media folder."""
        paths = [item.file_paths["media"] for item in self.missing or self.items if item.file_paths]
        home = download_folder(self.download.user_id, self.download.id)
        return sorted({path.rpartition("/")[0] for path in paths}) or [home]

    def recognise(self, items: Iterable[PlexItem]) -> None:
        """Take note of what of it is among these."""
        for item in items:
            for mine in self.missing:
                path = (mine.file_paths or {}).get("media", "")
                if path and any(is_same_file(file, path) for file in item.files):
                    self.seen[mine.id] = item


def nearest(sections: Iterable[Section], folder: str) -> Section | None:
    """The library that reads a folder; of several the one whose own folder is the closest."""
    return max(
        (section for section in sections if holds(section.locations, folder)),
        key=lambda section: len(holder(section.locations, folder) or ""),
        default=None,
    )
