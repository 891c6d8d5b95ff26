"""The state of a download from those of its items, and what may be done with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from medianest_common.contracts.downloads import DownloadStatus, InPlex, ItemStatus

SETTLED_ITEM = frozenset({ItemStatus.COMPLETED, ItemStatus.FAILED, ItemStatus.CANCELLED})
SETTLED = frozenset(
    {
        DownloadStatus.COMPLETED,
        DownloadStatus.PARTIALLY_COMPLETED,
        DownloadStatus.FAILED,
        DownloadStatus.CANCELLED,
    }
)
_HELD = frozenset({DownloadStatus.WAITING_APPROVAL, DownloadStatus.PAUSED})


@dataclass(frozen=True)
class Action:
    ok: bool
    because: str | None = None


YES = Action(ok=True)
Rule = Callable[[DownloadStatus], Action]


def no(because: str) -> Action:
    return Action(ok=False, because=because)


def rolled_up(current: DownloadStatus, counts: Mapping[ItemStatus, int]) -> DownloadStatus:
    """The status that follows from the items; one held by a person stays held while anything is open."""
    total = sum(counts.values())
    if total == 0:
        return current
    if sum(counts.get(status, 0) for status in SETTLED_ITEM) == total:
        return _ending(counts, total)
    if current in _HELD:
        return current
    begun = counts.get(ItemStatus.RUNNING, 0) or any(counts.get(status, 0) for status in SETTLED_ITEM)
    return DownloadStatus.RUNNING if begun or counts.get(ItemStatus.WAITING, 0) else DownloadStatus.QUEUED


def _ending(counts: Mapping[ItemStatus, int], total: int) -> DownloadStatus:
    completed = counts.get(ItemStatus.COMPLETED, 0)
    if completed == total:
        return DownloadStatus.COMPLETED
    if completed:
        return DownloadStatus.PARTIALLY_COMPLETED
    return DownloadStatus.FAILED if counts.get(ItemStatus.FAILED, 0) else DownloadStatus.CANCELLED


def may_cancel(status: DownloadStatus) -> Action:
    return no("It is over already.") if status in SETTLED else YES


def may_pause(status: DownloadStatus) -> Action:
    if status in (DownloadStatus.QUEUED, DownloadStatus.RUNNING):
        return YES
    return no("It is paused already." if status is DownloadStatus.PAUSED else "Only what is under way can be paused.")


def may_resume(status: DownloadStatus) -> Action:
    return YES if status is DownloadStatus.PAUSED else no("It is not paused.")


def may_approve(status: DownloadStatus) -> Action:
    return YES if status is DownloadStatus.WAITING_APPROVAL else no("It does not wait for an approval.")


def may_retry(status: DownloadStatus, in_plex: InPlex, *, failed: int, placed: bool = False) -> Action:
    """Failed or cancelled items, a list that could not be read, and the step into Plex can be tried again.

    `placed`: into a collection or a playlist, which may have been deleted there and is filled again.
    """
    if status in (DownloadStatus.FAILED, DownloadStatus.CANCELLED, DownloadStatus.PARTIALLY_COMPLETED):
        return YES
    if failed or in_plex is InPlex.FAILED or (placed and in_plex is InPlex.DONE):
        return YES
    return no("Nothing of it has failed.")
