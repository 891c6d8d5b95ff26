"""Whose turn it is: fair between users, whatever the length of their playlists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """The first item in the line of one user: their single videos stand before their playlists."""

    item_id: UUID
    user_id: UUID
    single: bool
    in_flight: int
    last_turn: datetime | None


def next_turn(candidates: Iterable[Candidate], *, per_user: int) -> Candidate | None:
    """Who has least under way goes first, then single videos, then whoever has waited longest since their last turn."""
    entitled = [candidate for candidate in candidates if candidate.in_flight < per_user]
    return min(entitled, key=_rank, default=None)


def _rank(candidate: Candidate) -> tuple[int, bool, datetime, UUID]:
    return (candidate.in_flight, not candidate.single, candidate.last_turn or _NEVER, candidate.item_id)


def free_slots(announced: Iterable[int], *, limit: int, in_flight: int) -> int:
    """Slots of one way out that may be filled: what its living workers offer, at most the limit of the way out."""
    return max(0, min(sum(announced), limit) - in_flight)
