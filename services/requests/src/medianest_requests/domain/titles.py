"""Films and series as we speak of them, made from what Overseerr says and what was asked for here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from medianest_common.contracts.requests import MediaType
from medianest_common.contracts.requests import RequestStatus as Status
from medianest_requests.domain.overseerr import Media, MediaAvailability, availability

TitleKey = tuple[MediaType, int]


@dataclass(frozen=True)
class Season:
    season_number: int
    name: str
    episode_count: int | None
    air_date: str | None
    status: Media = Media.UNKNOWN
    status_4k: Media = Media.UNKNOWN

    def media(self, *, is_4k: bool) -> Media:
        return self.status_4k if is_4k else self.status


@dataclass(frozen=True)
class Title:
    """What Overseerr knows of one film or series; `poster_path` and `backdrop_path` are TMDB's."""

    media_type: MediaType
    tmdb_id: int
    title: str
    year: int | None
    overview: str
    poster_path: str | None
    backdrop_path: str | None
    vote_average: float | None
    status: Media = Media.UNKNOWN
    status_4k: Media = Media.UNKNOWN
    runtime: int | None = None
    genres: tuple[str, ...] = ()
    seasons: tuple[Season, ...] = ()

    @property
    def key(self) -> TitleKey:
        return self.media_type, self.tmdb_id

    def media(self, *, is_4k: bool) -> Media:
        return self.status_4k if is_4k else self.status


@dataclass(frozen=True)
class Page:
    items: tuple[Title, ...]
    page: int
    total_pages: int
    total_results: int


@dataclass(frozen=True)
class Asked:
    """A live request for a title, by anybody."""

    id: UUID
    user_id: UUID
    status: Status
    is_4k: bool
    seasons: tuple[int, ...]
    created_at: datetime


_ORDER = tuple(MediaAvailability)
_OF_STATUS = {
    Status.PENDING: MediaAvailability.REQUESTED,
    Status.APPROVED: MediaAvailability.REQUESTED,
    Status.SUBMITTED: MediaAvailability.REQUESTED,
    Status.PROCESSING: MediaAvailability.PROCESSING,
    Status.PARTIALLY_AVAILABLE: MediaAvailability.PARTIALLY_AVAILABLE,
    Status.AVAILABLE: MediaAvailability.AVAILABLE,
}


def merged_availability(title: Title, asked: Iterable[Asked]) -> MediaAvailability:
    """The furthest of what Overseerr says and what was asked for here; of a series, ours says at most "partially"."""
    found = [availability(title.status)]
    for request in asked:
        ours = _OF_STATUS.get(request.status, MediaAvailability.UNKNOWN)
        if title.media_type is MediaType.TV and ours is MediaAvailability.AVAILABLE:
            ours = MediaAvailability.PARTIALLY_AVAILABLE
        found.append(ours)
    return max(found, key=_ORDER.index)


def season_availability(season: Season, asked: Iterable[Asked]) -> MediaAvailability:
    ours = (_OF_STATUS.get(a.status, MediaAvailability.UNKNOWN) for a in asked if season.season_number in a.seasons)
    return max([availability(season.status), *ours], key=_ORDER.index)


def open_seasons(title: Title, asked: Iterable[Asked], *, is_4k: bool) -> tuple[int, ...]:
    """The seasons one can still ask for: no specials, nothing taken in Overseerr or here.

    A request without seasons is one for the whole series, made while nobody could say how many it has.
    """
    same = [request for request in asked if request.is_4k is is_4k]
    if not all(request.seasons for request in same):
        return ()
    taken = {number for request in same for number in request.seasons}
    return tuple(
        season.season_number
        for season in title.seasons
        if season.season_number > 0
        and season.season_number not in taken
        and season.media(is_4k=is_4k) in (Media.UNKNOWN, Media.DELETED)
    )


def refusal(title: Title, asked: Sequence[Asked], user_id: UUID, *, is_4k: bool = False) -> str | None:
    """Why the title cannot be asked for now, in plain words; None when it can."""
    status = title.media(is_4k=is_4k)
    if status is Media.BLOCKLISTED:
        return "The owner does not want this on the server."
    if status is Media.AVAILABLE:
        return "It is in Plex already."
    same = [request for request in asked if request.is_4k is is_4k]
    if title.media_type is MediaType.TV:
        known = title.seasons and not open_seasons(title, same, is_4k=is_4k)
        return "Every season is in Plex or asked for already." if known else None
    return _film_refusal(status, same, user_id)


def _film_refusal(status: Media, same: Sequence[Asked], user_id: UUID) -> str | None:
    if any(request.status is Status.AVAILABLE for request in same):
        return "It is in Plex already."
    if any(request.user_id == user_id for request in same):
        return "You asked for it already."
    if same or status in (Media.PENDING, Media.PROCESSING, Media.PARTIALLY_AVAILABLE):
        return "Somebody asked for it already."
    return None
