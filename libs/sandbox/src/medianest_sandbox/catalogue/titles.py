"""Reads the two data files and answers: which title has this id, which titles match these words."""

import json
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import ClassVar

GENRES: dict[str, int] = {
    "Action": 28, "Adventure": 12, "Animation": 16, "Comedy": 35, "Crime": 80, "Documentary": 99, "Drama": 18,
    "Family": 10751, "Fantasy": 14, "History": 36, "Horror": 27, "Music": 10402, "Mystery": 9648, "Romance": 10749,
    "Science Fiction": 878, "Thriller": 53, "War": 10752, "Western": 37, "Action & Adventure": 10759,
    "Sci-Fi & Fantasy": 10765, "War & Politics": 10768,
}  # fmt: skip


@dataclass(frozen=True)
class Title:
    """What a film and a series have in common; `tmdb_id` is unique only within its kind."""

    kind: ClassVar[str]
    tmdb_id: int
    name: str
    date: str
    minutes: int
    genres: tuple[str, ...]
    vote: float
    overview: str

    @property
    def year(self) -> int:
        """The year of release or of the first episode."""
        return int(self.date[:4])

    @property
    def image_key(self) -> str:
        """Names the title in the paths of its pictures."""
        raise NotImplementedError  # only the base: films and series each have their own

    @cached_property
    def popularity(self) -> float:
        """A figure that looks like TMDB's and never changes."""
        return round(self.vote * 9 + (self.tmdb_id * 7919 % 1000) / 20, 3)


@dataclass(frozen=True)
class Film(Title):
    """A film."""

    kind: ClassVar[str] = "movie"

    @property
    def image_key(self) -> str:
        """`603`"""
        return str(self.tmdb_id)


@dataclass(frozen=True)
class Series(Title):
    """A series; `seasons` holds the number of episodes of each season, from season 1."""

    kind: ClassVar[str] = "tv"
    last_date: str = ""
    seasons: tuple[int, ...] = ()
    tvdb_id: int = 0
    network: str = ""

    @property
    def image_key(self) -> str:
        """`tv-1396`"""
        return f"tv-{self.tmdb_id}"


def _rows(name: str) -> list[list[object]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    rows: list[list[object]] = json.loads(text)
    return rows


def _film(row: list[object]) -> Film:
    tmdb_id, name, date, minutes, genres, vote, overview = row
    return Film(
        tmdb_id=int(str(tmdb_id)),
        name=str(name),
        date=str(date),
        minutes=int(str(minutes)),
        genres=tuple(str(genres).split("|")),
        vote=float(str(vote)),
        overview=str(overview),
    )


def _series(row: list[object]) -> Series:
    tmdb_id, name, date, last_date, minutes, genres, vote, seasons, tvdb_id, network, overview = row
    return Series(
        tmdb_id=int(str(tmdb_id)),
        name=str(name),
        date=str(date),
        minutes=int(str(minutes)),
        genres=tuple(str(genres).split("|")),
        vote=float(str(vote)),
        overview=str(overview),
        last_date=str(last_date),
        seasons=tuple(int(count) for count in str(seasons).split(",")),
        tvdb_id=int(str(tvdb_id)),
        network=str(network),
    )


FILMS: tuple[Film, ...] = tuple(_film(row) for row in _rows("films.json"))
SERIES: tuple[Series, ...] = tuple(_series(row) for row in _rows("series.json"))
_BY_ID: dict[tuple[str, int], Title] = {(title.kind, title.tmdb_id): title for title in (*FILMS, *SERIES)}


def find(kind: str, tmdb_id: int) -> Title | None:
    """The title of this kind (`movie` or `tv`) and TMDB id, or None."""
    return _BY_ID.get((kind, tmdb_id))


def search(words: str) -> list[Title]:
    """Titles whose name holds every word, the most alike first."""
    wanted = words.casefold().split()
    if not wanted:
        return []
    hits = [title for title in (*FILMS, *SERIES) if all(word in title.name.casefold() for word in wanted)]
    return sorted(hits, key=lambda title: (not title.name.casefold().startswith(wanted[0]), title.date))
