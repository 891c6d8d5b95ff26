"""Videos as episodes: a show a channel, a season a year, numbered by their day, as Plex reads series."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from medianest_downloader.domain.naming import plain_name, user_folder

SHOW_NFO = "tvshow.nfo"
SHOW_POSTER = "poster.jpg"
_LONGEST_SHOW_BYTES = 70
_LONGEST_TITLE_BYTES = 90
_PLACE = re.compile(r"(\d{2,4}) - ")


@dataclass(frozen=True)
class Episode:
    """The year is the season, month and day with the video's place among the day's are the number."""

    show: str
    day: str  # YYYYMMDD
    place: int = 1

    @property
    def season(self) -> int:
        return int(self.day[:4])

    @property
    def number(self) -> int:
        return int(f"{self.day[4:]}{self.place:02}")

    @property
    def prefix(self) -> str:
        """What the stems of all videos of the day begin with."""
        return f"{self.show} - s{self.day[:4]}e{self.day[4:]}"


def show_name(text: str) -> str:
    """A channel's name as a folder's."""
    return plain_name(text, _LONGEST_SHOW_BYTES) or "Videos"


def first_free_place(prefix: str, stems: Iterable[str]) -> int:
    """The lowest place of a day that no other video has."""
    taken = {int(found[1]) for stem in stems if (found := _PLACE.match(stem.removeprefix(prefix)))}
    return next(place for place in range(1, len(taken) + 2) if place not in taken)


def item_tag(item_id: UUID) -> str:
    return f"[{item_id.hex[-12:]}]"


def episode_stem(episode: Episode, title: str, item_id: UUID) -> str:
    """`Show - s2026e082101 - Title [id]`; the id is the item's, so no two files ever share a name."""
    name = plain_name(title, _LONGEST_TITLE_BYTES) or "Video"
    return f"{episode.prefix}{episode.place:02} - {name} {item_tag(item_id)}"


def season_folder(user_id: UUID, episode: Episode) -> str:
    """Below the media folder."""
    return f"{user_folder(user_id)}/{episode.show}/Season {episode.season}"
