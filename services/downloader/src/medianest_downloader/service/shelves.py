"""Where a finished video goes in the library."""

from dataclasses import dataclass, replace

from medianest_downloader.domain.episodes import Episode, episode_stem, first_free_place, season_folder, show_name
from medianest_downloader.domain.nfo import Description, is_day
from medianest_downloader.models import Download, DownloadItem
from medianest_downloader.repository.work import Work


@dataclass(frozen=True)
class Shelf:
    """A folder below the library and the stem of the files in it."""

    folder: str
    stem: str
    episode: Episode | None = None


async def episode_shelf(work: Work, download: Download, item: DownloadItem, about: Description) -> Shelf:
    """As an episode of its channel; who else finishes one of the same show waits for this transaction."""
    show = show_name(about.uploader or download.playlist_title or "")
    await work.downloads.lock_name(f"show:{item.user_id}:{show}")
    episode = Episode(show, about.date if is_day(about.date) else f"{item.created_at:%Y%m%d}")
    stems = await work.items.stems(item.user_id, episode.prefix, besides=item.id)
    episode = replace(episode, place=first_free_place(episode.prefix, stems))
    return Shelf(season_folder(item.user_id, episode), episode_stem(episode, about.title, item.id), episode)
