"""The rules of following: what is new, in which order, how long to wait, what is dropped. Pure."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from medianest_common.contracts.downloads import ItemStatus
from medianest_downloader.domain.failures import Course, Reason

_FIRST_DELAY = timedelta(minutes=10)
_LONGEST_DELAY = timedelta(days=1)
_LONGEST_PERMANENT = timedelta(days=7)
_JITTER = 0.1  # of the time between two checks: what was followed in one go is not checked in one go for ever


class Seen(Protocol):
    """What a listing says of a video."""

    @property
    def url(self) -> str: ...
    @property
    def extractor(self) -> str | None: ...
    @property
    def video_id(self) -> str | None: ...
    @property
    def published_at(self) -> datetime | None: ...


class Kept(Protocol):
    """What a rule asks of an item."""

    @property
    def position(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def handed_out_at(self) -> datetime | None: ...
    @property
    def completed_at(self) -> datetime | None: ...


_S = TypeVar("_S", bound=Seen)
_K = TypeVar("_K", bound=Kept)


@dataclass(frozen=True)
class Rule:
    """How many of the newest stay, and for how many days; None: all, for ever."""

    keep_last: int | None = None
    keep_days: int | None = None


def identity(entry: Seen) -> str:
    """What tells a video of a feed from every other, however the feed is ordered: the site's id, else the address."""
    name = f"{entry.extractor}\n{entry.video_id}" if entry.extractor and entry.video_id else entry.url
    return hashlib.sha256(name.encode()).hexdigest()


def oldest_first(entries: Sequence[_S], *, newest_first: bool) -> list[_S]:
    """By the dates of publication where all are known, else as listed: a channel lists its newest first."""
    listed = list(reversed(entries)) if newest_first else list(entries)
    dated = [(entry.published_at, place) for place, entry in enumerate(listed) if entry.published_at is not None]
    return [listed[place] for _, place in sorted(dated)] if len(dated) == len(listed) else listed


def wanted(entries: Sequence[_S], rule: Rule, *, at_once: int) -> tuple[list[_S], list[_S]]:
    """Of new entries, oldest first: those to take now, and those passed over for they would be dropped at once.

    What is in neither is taken by a later check.
    """
    passed = list(entries[: -rule.keep_last]) if rule.keep_last is not None else []
    return list(entries[len(passed) : len(passed) + at_once]), passed


def next_check(every_hours: int, chance: float) -> timedelta:
    """The time to the next check; `chance` is from 0 to 1."""
    return timedelta(hours=every_hours) * (1 + _JITTER * (chance - 0.5))


def delay_after(reason: Reason, tries: int, every_hours: int) -> timedelta:
    """How long to wait after failed checks; what is wrong for good may be mended, and is looked at seldom."""
    every = timedelta(hours=every_hours)
    for_good = reason.course is Course.PERMANENT
    first, longest = (every, _LONGEST_PERMANENT) if for_good else (_FIRST_DELAY, _LONGEST_DELAY)
    growing: timedelta = min(first * 2 ** min(tries - 1, 10), max(longest, every))
    return max(growing, reason.delay or timedelta(0))


def dropped(items: Iterable[_K], rule: Rule, now: datetime) -> list[_K]:
    """What the rule lets go. Only a newer video that is there makes an older one go, never one that failed."""
    all_items = list(items)
    there = sorted((item for item in all_items if item.status == ItemStatus.COMPLETED), key=lambda item: -item.position)
    gone: list[_K] = []
    if rule.keep_last is not None and len(there) >= rule.keep_last:
        oldest = there[rule.keep_last - 1].position
        gone = [item for item in all_items if item.position < oldest and not _is_under_way(item)]
    if rule.keep_days is not None:
        gone += _expired(there, timedelta(days=rule.keep_days), now, besides=gone)
    return gone


def _expired(there: Iterable[_K], days: timedelta, now: datetime, *, besides: Collection[_K]) -> list[_K]:
    return [item for item in there if item.completed_at and item.completed_at + days <= now and item not in besides]


def _is_under_way(item: Kept) -> bool:
    return item.status == ItemStatus.RUNNING or item.handed_out_at is not None
