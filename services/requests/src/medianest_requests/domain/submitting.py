"""What follows from an answer of Overseerr to a request, and how it is told to a person."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from medianest_common.contracts.requests import MediaType, RequestStatus

GIVE_UP_AFTER = 6


class Refusal(StrEnum):
    """Why a request was not made."""

    NO_SEASONS = "no_seasons"
    DUPLICATE = "duplicate"
    QUOTA = "quota"
    BLOCKLISTED = "blocklisted"
    PERMISSION = "permission"
    NO_SUCH_USER = "no_such_user"
    TROUBLE = "trouble"
    OTHER = "other"


class Verdict(StrEnum):
    """LOOK: it may be there. AGAIN: nothing was made, and it may work next time. AGAIN_CAREFULLY: look before that."""

    LOOK = "look"
    GIVE_UP = "give_up"
    AGAIN = "again"
    AGAIN_CAREFULLY = "again_carefully"


@dataclass(frozen=True)
class Job:
    """One try to carry one request; `attempt` tells it from every other. `posted_at`: since when it may be there."""

    id: UUID
    user_id: UUID
    media_type: MediaType
    tmdb_id: int
    is_4k: bool
    seasons: tuple[int, ...]
    status: RequestStatus
    overseerr_id: int | None
    attempt: int
    posted_at: datetime | None


_VERDICTS = {
    Refusal.NO_SEASONS: Verdict.LOOK,
    Refusal.DUPLICATE: Verdict.LOOK,
    Refusal.QUOTA: Verdict.GIVE_UP,
    Refusal.BLOCKLISTED: Verdict.GIVE_UP,
    Refusal.PERMISSION: Verdict.GIVE_UP,
    Refusal.NO_SUCH_USER: Verdict.AGAIN,
    Refusal.TROUBLE: Verdict.AGAIN_CAREFULLY,
    Refusal.OTHER: Verdict.AGAIN_CAREFULLY,
}
_WORDS = {
    Refusal.NO_SEASONS: "Every season you asked for is in Plex or asked for already.",
    Refusal.DUPLICATE: "Overseerr has this request already.",
    Refusal.QUOTA: "Your quota in Overseerr is used up. Try again when it is free again.",
    Refusal.BLOCKLISTED: "The owner does not want this on the server.",
    Refusal.PERMISSION: "Overseerr does not let you ask for this. Its owner can allow it; then try again.",
    Refusal.NO_SUCH_USER: "Overseerr does not know you. Its owner can import your Plex account; then try again.",
    Refusal.TROUBLE: "Overseerr could not take this title, several times. Try again later.",
    Refusal.OTHER: "Overseerr refused this.",
}


def verdict_on(refusal: Refusal) -> Verdict:
    return _VERDICTS[refusal]


def failure_words(refusal: Refusal) -> str:
    """For the person who asked: what happened, and what to do."""
    return _WORDS[refusal]
