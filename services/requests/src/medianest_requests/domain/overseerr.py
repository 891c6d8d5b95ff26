"""What Overseerr's and Seerr's numbers mean, and which steps of ours follow from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from medianest_common.contracts.requests import MediaType
from medianest_common.contracts.requests import RequestStatus as Status
from medianest_requests.domain.steps import IN_FLIGHT, Step


class There(IntEnum):
    """Status of a request in Overseerr; COMPLETED is Seerr's alone."""

    UNKNOWN = 0
    PENDING = 1
    APPROVED = 2
    DECLINED = 3
    FAILED = 4
    COMPLETED = 5


class Media(IntEnum):
    """Status of a title or season in Overseerr; the last two are Seerr's alone."""

    UNKNOWN = 1
    PENDING = 2
    PROCESSING = 3
    PARTIALLY_AVAILABLE = 4
    AVAILABLE = 5
    BLOCKLISTED = 6
    DELETED = 7


class MediaAvailability(StrEnum):
    UNKNOWN = "unknown"
    REQUESTED = "requested"
    PROCESSING = "processing"
    PARTIALLY_AVAILABLE = "partially_available"
    AVAILABLE = "available"


def there(number: Any) -> There:
    """A number of a newer version than we know is UNKNOWN, and changes nothing."""
    return There(number) if number in There._value2member_map_ else There.UNKNOWN


def media(number: Any) -> Media:
    return Media(number) if number in Media._value2member_map_ else Media.UNKNOWN


_AVAILABILITY = {
    Media.PENDING: MediaAvailability.REQUESTED,
    Media.PROCESSING: MediaAvailability.PROCESSING,
    Media.PARTIALLY_AVAILABLE: MediaAvailability.PARTIALLY_AVAILABLE,
    Media.AVAILABLE: MediaAvailability.AVAILABLE,
}


def availability(status: Media) -> MediaAvailability:
    return _AVAILABILITY.get(status, MediaAvailability.UNKNOWN)


@dataclass(frozen=True)
class RequestThere:
    """One request as Overseerr tells it; `media` is already that of the 4K or the ordinary version."""

    id: int
    status: There
    media_type: MediaType
    tmdb_id: int
    is_4k: bool
    media: Media
    seasons: tuple[int, ...] = ()
    season_media: dict[int, Media] = field(default_factory=dict)
    plex_id: str | None = None
    user_id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def progress(self, seasons: Sequence[int]) -> Media:
        """How far what was asked for has come: these seasons when it says so, else the whole title."""
        known = [self.season_media[number] for number in seasons if number in self.season_media]
        if self.media_type is MediaType.MOVIE or not known or len(known) < len(seasons):
            return self.media
        if all(status is Media.AVAILABLE for status in known):
            return Media.AVAILABLE
        if any(status in (Media.AVAILABLE, Media.PARTIALLY_AVAILABLE) for status in known):
            return Media.PARTIALLY_AVAILABLE
        if all(status is Media.DELETED for status in known):
            return Media.DELETED
        return Media.PROCESSING if Media.PROCESSING in known else Media.UNKNOWN


_OF_MEDIA = {
    Media.PROCESSING: Step.FETCH,
    Media.PARTIALLY_AVAILABLE: Step.ARRIVE_PARTLY,
    Media.AVAILABLE: Step.ARRIVE,
    Media.DELETED: Step.REMOVE,
}
_BEFORE = {Status.PENDING: [Step.APPROVE, Step.SUBMIT], Status.APPROVED: [Step.SUBMIT]}


def steps_towards(status: Status, found: RequestThere, seasons: Sequence[int]) -> list[Step]:
    """The steps that bring ours to where Overseerr's is; one that does not begin at ours leads nowhere.

    A failure there counts only for what is on its way: what waits to be sent again has just been failed.
    """
    before = _BEFORE.get(status, [])
    match found.status:
        case There.UNKNOWN:
            return []
        case There.PENDING:
            return [Step.SUBMIT] if status is Status.APPROVED else []
        case There.DECLINED:
            return [Step.DECLINE] if status is Status.PENDING else [*before, Step.DECLINE]
        case There.FAILED:
            return [Step.FAIL] if status in IN_FLIGHT else []
    step = _OF_MEDIA.get(found.progress(seasons))
    return before if step is None else [*before, step]
