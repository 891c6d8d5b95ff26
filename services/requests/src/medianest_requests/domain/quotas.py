"""Quotas by user and kind over a rolling window: films count each, series by their seasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from medianest_common.contracts.requests import MediaType


@dataclass(frozen=True)
class Use:
    """One earlier request: when, and how much of the quota it took."""

    at: datetime
    count: int


@dataclass(frozen=True)
class Quota:
    """`limit` None: there is none. `resets_at` is when the oldest use leaves the window."""

    used: int
    limit: int | None
    resets_at: datetime | None

    def leaves(self, count: int) -> bool:
        return self.limit is None or self.used + count <= self.limit


def quota_of(uses: Sequence[Use], limit: int | None, window: timedelta) -> Quota:
    oldest = min((use.at for use in uses), default=None)
    return Quota(sum(use.count for use in uses), limit, None if oldest is None else oldest + window)


def cost_of(media_type: MediaType, seasons: Sequence[int]) -> int:
    """What a request takes; a whole series of unknown length counts as one season until it is known."""
    return 1 if media_type is MediaType.MOVIE else max(1, len(seasons))


def limit_of(own: int | None, default: int) -> int | None:
    """The user's own limit before the suite's; 0 means none."""
    return (default if own is None else own) or None
