"""Fills the library from the catalogue: what the server holds on the first day."""

import dataclasses
import hashlib
import time
from collections.abc import Iterable
from pathlib import Path

from medianest_sandbox.catalogue import FILMS, SERIES, Film, Series, Title
from medianest_sandbox.people import MACHINE_IDENTIFIER
from medianest_sandbox.plex.library import MOVIES, SHOWS, VIDEOS, Item, Library, MediaFile, Section

_FIRST_FILM, _FIRST_SHOW = 1_000, 20_000
_KEYS_PER_SHOW, _KEYS_PER_SEASON = 1_000, 50
_HOURS_BETWEEN_ADDITIONS = 17
_IN_4K = 335984
_FILM_PLACES = {film.tmdb_id: place for place, film in enumerate(FILMS)}
_SERIES_PLACES = {series.tmdb_id: place for place, series in enumerate(SERIES)}


def sections(media: Path) -> list[Section]:
    """The three libraries; the third one looks into a real folder."""
    videos = _section(VIDEOS, "movie", "YouTube", "tv.plex.agents.none", "Plex Video Files", str(media))
    videos.folders = [str(media)]
    return [
        _section(MOVIES, "movie", "Movies", "tv.plex.agents.movie", "Plex Movie", "/data/movies"),
        _section(SHOWS, "show", "TV Shows", "tv.plex.agents.series", "Plex TV Series", "/data/tv"),
        videos,
    ]


def _section(key: str, type_: str, title: str, agent: str, scanner: str, location: str) -> Section:
    digest = _hex(f"section {title}")
    uuid = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
    return Section(key, type_, title, agent, scanner, location, uuid)


def films_at_first() -> list[Film]:
    """The films that are there from the start: every second one, and none of the first four."""
    return [film for place, film in enumerate(FILMS) if place >= 4 and place % 2 == 0]


def seasons_at_first() -> dict[int, int]:
    """How many seasons are there from the start, by the series' TMDB id; some series lack their last one."""
    return {
        series.tmdb_id: len(series.seasons) - (place % 9 == 3 and len(series.seasons) > 1)
        for place, series in enumerate(SERIES)
        if place % 3 == 0
    }


def is_4k_at_first(title: Title) -> bool:
    """Whether the film is there in 4K too."""
    return title.kind == "movie" and title.tmdb_id == _IN_4K


def fill(library: Library) -> None:
    """Put the first stock into the library, the newest a few hours old."""
    now = int(time.time())
    for place, film in enumerate(reversed(films_at_first())):
        library.put(film_item(film, now - (place + 1) * _HOURS_BETWEEN_ADDITIONS * 3600))
    for place, (tmdb_id, count) in enumerate(seasons_at_first().items()):
        series = next(each for each in SERIES if each.tmdb_id == tmdb_id)
        put_series(library, series, range(1, count + 1), now - (place + 1) * 3 * _HOURS_BETWEEN_ADDITIONS * 3600)


def film_item(film: Film, added_at: int) -> Item:
    """The item of a film, always with the same rating key."""
    name = _file_name(f"{film.name} ({film.year})")
    files = [MediaFile(f"/data/movies/{name}/{name}.mkv", film.minutes * 40_000_000)]
    if is_4k_at_first(film):
        files.append(MediaFile(f"/data/movies/{name}/{name} - 2160p.mkv", film.minutes * 160_000_000, "4k"))
    item = _titled(film, str(_FIRST_FILM + _FILM_PLACES[film.tmdb_id]), MOVIES, "movie", added_at)
    return dataclasses.replace(item, files=files, guids=(f"tmdb://{film.tmdb_id}",))


def show_key(series: Series) -> str:
    """The rating key of a series."""
    return str(_FIRST_SHOW + _SERIES_PLACES[series.tmdb_id] * _KEYS_PER_SHOW)


def put_series(library: Library, series: Series, seasons: Iterable[int], added_at: int) -> Item:
    """Have exactly these seasons of a series in the library; what is there already stays as it is."""
    show = library.get(show_key(series)) or _show(series, added_at)
    library.put(show)
    wanted = set(seasons)
    for season in library.children(show.key):
        if season.index not in wanted:
            library.drop(season.key)
    for number in sorted(wanted):
        _put_season(library, series, show, number, added_at)
    return show


def _show(series: Series, added_at: int) -> Item:
    item = _titled(series, show_key(series), SHOWS, "show", added_at)
    return dataclasses.replace(item, guids=(f"tmdb://{series.tmdb_id}", f"tvdb://{series.tvdb_id}"))


def _put_season(library: Library, series: Series, show: Item, number: int, added_at: int) -> None:
    key = int(show.key) + number * _KEYS_PER_SEASON
    if library.get(str(key)):
        return
    season = Item(
        key=str(key),
        section=SHOWS,
        type="season",
        title=f"Season {number}",
        added_at=added_at,
        guid=f"plex://season/{_hex(f'season {key}')[:24]}",
        image=f"{series.name} {number}",
        year=series.year + number - 1,
        index=number,
        parent=show.key,
    )
    library.put(season)
    for episode in range(1, series.seasons[number - 1] + 1):
        library.put(_episode(series, season, episode))


def _episode(series: Series, season: Item, number: int) -> Item:
    name, key = _file_name(series.name), str(int(season.key) + number)
    place = f"S{season.index:02}E{number:02}"
    file = f"/data/tv/{name}/Season {season.index:02}/{name} - {place}.mkv"
    return Item(
        key=key,
        section=SHOWS,
        type="episode",
        title=f"Episode {number}",
        added_at=season.added_at,
        guid=f"plex://episode/{_hex(f'episode {key}')[:24]}",
        image=f"{series.name} {place}",
        year=season.year,
        duration=series.minutes * 60_000,
        index=number,
        parent=season.key,
        files=[MediaFile(file, series.minutes * 30_000_000)],
    )


def _titled(title: Title, key: str, section: str, type_: str, added_at: int) -> Item:
    return Item(
        key=key,
        section=section,
        type=type_,
        title=title.name,
        added_at=added_at,
        guid=f"plex://{type_}/{_hex(f'{type_} {title.tmdb_id}')[:24]}",
        image=title.name,
        year=title.year,
        date=title.date,
        summary=title.overview,
        duration=title.minutes * 60_000,
        rating=title.vote,
        genres=title.genres,
    )


def _file_name(text: str) -> str:
    return text.replace(": ", " - ").replace("/", "-")


def _hex(text: str) -> str:
    return hashlib.sha256(f"{MACHINE_IDENTIFIER} {text}".encode()).hexdigest()
