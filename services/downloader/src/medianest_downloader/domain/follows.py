"""The rules of following: what is new, in which order, how long to wait, what is dropped. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from medianest_common.contracts.downloads import ItemStatus
from medianest_downloader.domain.failures import Course, Reason
from medianest_downloader.domain.states import SETTLED_ITEM

NEWEST_OF_CHANNEL = 100  # videos that are looked at after the first time, when many more were remembered

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
    @property
    def created_at(self) -> datetime: ...


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


def sort_out(entries: Sequence[_S], rule: Rule, *, since: datetime | None) -> tuple[list[_S], list[_S]]:
    """Of new entries, oldest first: those to take, and those to pass over.

    Passed over is what was there before (`since`, which says: before it was followed), and what the rule would drop
    at once.
    """
    fresh = [entry for entry in entries if since is None or _is_after(entry.published_at, since)]
    taken = fresh[-rule.keep_last :] if rule.keep_last is not None else fresh
    return taken, [entry for entry in entries if entry not in taken]


def _is_after(published: datetime | None, since: datetime) -> bool:
    return published is not None and published > since


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
        days = timedelta(days=rule.keep_days)
        over = [item for item in all_items if item.status in SETTLED_ITEM and _end(item) + days <= now]
        gone += [item for item in over if item not in gone]
    return gone


def _end(item: Kept) -> datetime:
    return item.completed_at or item.created_at


def _is_under_way(item: Kept) -> bool:
    return item.status == ItemStatus.RUNNING or item.handed_out_at is not None
