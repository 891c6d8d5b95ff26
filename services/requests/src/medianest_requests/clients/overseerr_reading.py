"""Overseerr's JSON as values of ours. It may be of any version: what is missing or unknown breaks nothing."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from medianest_common.contracts.requests import MediaType
from medianest_requests.domain.overseerr import Media, RequestThere, media, there
from medianest_requests.domain.titles import Page, Season, Title

T = TypeVar("T")

_PICTURE = re.compile(r"/[A-Za-z0-9_-]{1,100}\.[A-Za-z]{3,4}")
_UNUSABLE = (KeyError, TypeError, ValueError, AttributeError)


def read_each(read: Callable[[Any], T | None], entries: Iterable[Any]) -> tuple[T, ...]:
    """What can be made of the entries; those of a kind we do not know, or that make no sense, are left out."""
    found: list[T] = []
    for entry in entries:
        try:
            value = read(entry)
        except _UNUSABLE:
            continue
        if value is not None:
            found.append(value)
    return tuple(found)


def page(body: dict[str, Any]) -> Page:
    return Page(
        items=read_each(title, body["results"]),
        page=int(body.get("page") or 1),
        total_pages=int(body.get("totalPages") or 1),
        total_results=int(body.get("totalResults") or 0),
    )


def title(body: dict[str, Any]) -> Title | None:
    """A film or series of a list; None for people, collections and what else there may be."""
    kind = body["mediaType"]
    return media_title(MediaType(kind), body) if kind in MediaType._value2member_map_ else None


def media_title(media_type: MediaType, body: dict[str, Any]) -> Title:
    """A title of a list, or in full from its own page. Raises KeyError or ValueError when it is none."""
    film = media_type is MediaType.MOVIE
    info = body.get("mediaInfo") or {}
    return Title(
        media_type=media_type,
        tmdb_id=int(body["id"]),
        title=str(body["title" if film else "name"])[:500],
        year=_year(body.get("releaseDate" if film else "firstAirDate")),
        overview=str(body.get("overview") or ""),
        poster_path=_picture(body.get("posterPath")),
        backdrop_path=_picture(body.get("backdropPath")),
        vote_average=_number(body.get("voteAverage")),
        status=media(info.get("status")),
        status_4k=media(info.get("status4k")),
        runtime=_runtime(body),
        genres=tuple(str(genre["name"]) for genre in body.get("genres") or ()),
        seasons=_seasons(body.get("seasons") or (), info.get("seasons") or ()),
    )


def _seasons(entries: Iterable[dict[str, Any]], known: Iterable[dict[str, Any]]) -> tuple[Season, ...]:
    states = {state.get("seasonNumber"): state for state in known}

    def read(entry: dict[str, Any]) -> Season:
        number = int(entry["seasonNumber"])
        state = states.get(number, {})
        return Season(
            season_number=number,
            name=str(entry.get("name") or f"Season {number}"),
            episode_count=entry.get("episodeCount") if isinstance(entry.get("episodeCount"), int) else None,
            air_date=entry.get("airDate") or None,
            status=media(state.get("status")),
            status_4k=media(state.get("status4k")),
        )

    return read_each(read, entries)


def request(body: dict[str, Any]) -> RequestThere:
    """One request, alone or of a list. Raises KeyError, TypeError or ValueError when it is none."""
    info = body["media"]
    is_4k = bool(body.get("is4k"))
    state = "status4k" if is_4k else "status"
    asker = body.get("requestedBy") or {}
    return RequestThere(
        id=int(body["id"]),
        status=there(body.get("status")),
        media_type=MediaType(body.get("type") or info.get("mediaType")),
        tmdb_id=int(info["tmdbId"]),
        is_4k=is_4k,
        media=media(info.get(state)),
        seasons=read_each(lambda season: int(season["seasonNumber"]), body.get("seasons") or ()),
        season_media=_season_media(info.get("seasons") or (), state),
        plex_id=str(asker["plexId"]) if asker.get("plexId") else None,
        user_id=asker.get("id"),
        created_at=_time(body.get("createdAt")),
        updated_at=_time(body.get("updatedAt")),
    )


def _season_media(entries: Iterable[dict[str, Any]], state: str) -> dict[int, Media]:
    return dict(read_each(lambda entry: (int(entry["seasonNumber"]), media(entry.get(state))), entries))


def _year(date: Any) -> int | None:
    return int(date[:4]) if isinstance(date, str) and date[:4].isascii() and date[:4].isdigit() else None


def _picture(path: Any) -> str | None:
    return path if isinstance(path, str) and _PICTURE.fullmatch(path) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _runtime(body: dict[str, Any]) -> int | None:
    minutes = body.get("runtime") or next(iter(body.get("episodeRunTime") or ()), None)
    return minutes if isinstance(minutes, int) else None


def _time(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
