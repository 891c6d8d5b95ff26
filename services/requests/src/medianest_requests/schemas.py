"""The HTTP bodies of this service."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from medianest_common.contracts.requests import MediaType, RequestStatus
from medianest_requests.domain.overseerr import MediaAvailability


class RequestVerdict(BaseModel):
    """Whether something may be done now; `because` says why not, for a person to read."""

    ok: bool
    because: str | None = None


class RequestQuota(BaseModel):
    """`limit` null: no limit. `resets_at`: when the oldest use leaves the window."""

    used: int
    limit: int | None
    resets_at: datetime | None


class MediaAllowed(BaseModel):
    request: RequestVerdict


class OwnRequest(BaseModel):
    """The caller's own live request for a title."""

    id: UUID
    status: RequestStatus


class MediaSummary(BaseModel):
    media_type: MediaType
    tmdb_id: int
    title: str
    year: int | None
    overview: str
    poster_url: str | None
    backdrop_url: str | None
    vote_average: float | None
    availability: MediaAvailability
    request: OwnRequest | None
    allowed: MediaAllowed


class MediaPage(BaseModel):
    """`as_of` is when Overseerr said so; `stale` that it could not be asked now."""

    items: list[MediaSummary]
    page: int
    total_pages: int
    total_results: int
    as_of: datetime
    stale: bool


class SeasonRead(BaseModel):
    """`requested`: somebody here asked for it, and that still stands."""

    season_number: int
    name: str
    episode_count: int | None
    air_date: str | None
    availability: MediaAvailability
    requested: bool


class MediaDetail(MediaSummary):
    runtime: int | None
    genres: list[str]
    seasons: list[SeasonRead]
    quota: RequestQuota
    as_of: datetime
    stale: bool


_NO_NUL = r"^[^\x00]*$"


class RequestCreate(BaseModel):
    """Without `seasons` all regular ones of a series are meant. `title` helps where Overseerr cannot be asked."""

    media_type: MediaType
    tmdb_id: int = Field(gt=0, le=2_147_483_647)
    title: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=_NO_NUL)] | None
    ) = None
    seasons: list[Annotated[int, Field(ge=1, le=10_000)]] | None = Field(None, min_length=1, max_length=200)
    is_4k: bool = False


class RequestDecline(BaseModel):
    """The reason is shown to who asked."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=_NO_NUL)] | None = None


class RequestStepRead(BaseModel):
    """One step on the way: `asked`, `approved`, `sent`, …; `cause` in plain words."""

    step: str
    at: datetime
    cause: str | None = None


class RequestAllowed(BaseModel):
    cancel: RequestVerdict
    approve: RequestVerdict
    decline: RequestVerdict
    retry: RequestVerdict


class RequestRead(BaseModel):
    id: UUID
    user_id: UUID
    media_type: MediaType
    tmdb_id: int
    title: str
    year: int | None
    poster_url: str | None
    is_4k: bool
    seasons: list[int]
    status: RequestStatus
    status_reason: str | None
    overseerr_id: int | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int
    timeline: list[RequestStepRead]
    allowed: RequestAllowed


class RequestPage(BaseModel):
    items: list[RequestRead]
    next_cursor: str | None


class LibrarySection(BaseModel):
    """A library of the Plex server, as far as it is shared with the caller."""

    key: str
    type: str
    title: str


class LibrarySections(BaseModel):
    items: list[LibrarySection]
    next_cursor: str | None
    as_of: datetime
    stale: bool


class LibraryItem(BaseModel):
    """Something in the library. `duration` in seconds; `tmdb_id` where Plex knows it."""

    id: str
    type: str
    title: str
    year: int | None
    summary: str
    thumb_url: str | None
    art_url: str | None
    added_at: datetime | None
    duration: int | None
    tmdb_id: int | None
    parent_title: str | None
    section_key: str | None
    child_count: int | None


class LibraryPage(BaseModel):
    items: list[LibraryItem]
    next_cursor: str | None
    total: int | None
    as_of: datetime
    stale: bool


DiscoverList = Literal["trending", "movies", "series", "upcoming-movies", "upcoming-series"]
ArtworkKind = Literal["poster", "backdrop", "plex"]
