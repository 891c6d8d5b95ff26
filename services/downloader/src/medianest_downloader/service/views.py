"""Rows as clients see them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from medianest_common.contracts.downloads import DownloadStatus, InPlex, ItemStatus
from medianest_downloader.domain import states
from medianest_downloader.domain.failures import REASONS, UNKNOWN, last_words
from medianest_downloader.domain.naming import SUBTITLE
from medianest_downloader.domain.presets import Preset, SponsorBlockCategory
from medianest_downloader.models import Download, DownloadItem, Lane
from medianest_downloader.schemas import DownloadAction, DownloadAllowed, DownloadRead, ItemRead

_WAITS = frozenset({DownloadStatus.QUEUED, DownloadStatus.RUNNING})


def download_read(
    download: Download,
    *,
    running: float = 0.0,
    lanes: Sequence[Lane] = (),
    put_aside: str | None = None,
    items: list[ItemRead] | None = None,
) -> DownloadRead:
    """`running` is what the items under way add up to, in items; `put_aside` why the user's downloads all wait."""
    done = download.items_completed + running
    return DownloadRead(
        id=download.id,
        user_id=download.user_id,
        url=download.playlist_url,
        title=download.playlist_title or download.playlist_url,
        kind=download.kind,
        status=DownloadStatus(download.status),
        progress=min(1.0, done / download.items_total) if download.items_total else 0.0,
        preset=Preset(download.preset),
        subtitles=download.subtitles,
        sponsorblock=[SponsorBlockCategory(category) for category in download.sponsorblock],
        range=download.item_range,
        collection=download.collection,
        in_plex=InPlex(download.in_plex),
        in_plex_reason=download.in_plex_reason,
        playlist=download.wants_playlist,
        plex_collection_id=download.plex_collection_id,
        items_total=download.items_total,
        items_completed=download.items_completed,
        items_failed=download.items_failed,
        bytes=download.bytes,
        waiting_for=_waiting_for(download, lanes, put_aside),
        keep_days=download.keep_days,
        expires_at=_expires_at(download),
        error_message=download.error_message,
        created_at=download.created_at,
        completed_at=download.completed_at,
        version=download.version,
        allowed=_allowed(download),
        items=items,
    )


def is_placed(download: Download) -> bool:
    """Whether it goes into a collection or a private playlist."""
    return bool(download.collection) or download.wants_playlist


def _allowed(download: Download) -> DownloadAllowed:
    status = DownloadStatus(download.status)
    return DownloadAllowed(
        cancel=_action(states.may_cancel(status)),
        retry=_action(
            states.may_retry(status, InPlex(download.in_plex), failed=download.items_failed, placed=is_placed(download))
        ),
        pause=_action(states.may_pause(status)),
        resume=_action(states.may_resume(status)),
        delete=_action(states.YES),
        approve=_action(states.may_approve(status)),
    )


def _action(action: states.Action) -> DownloadAction:
    return DownloadAction(ok=action.ok, because=action.because)


def _expires_at(download: Download) -> datetime | None:
    if download.keep_days is None or download.completed_at is None:
        return None
    return download.completed_at + timedelta(days=download.keep_days)


def _waiting_for(download: Download, lanes: Sequence[Lane], put_aside: str | None) -> str | None:
    if download.status == DownloadStatus.WAITING_APPROVAL:
        return "An administrator has to approve it first."
    if download.status not in _WAITS:
        return None
    if put_aside is not None:
        return put_aside
    if lanes and all(lane.paused for lane in lanes):
        return lanes[0].reason
    return download.error_message if download.listed_at is None else None


def _reason(item: DownloadItem) -> str | None:
    if item.reason is None:
        return None
    reason = REASONS.get(item.reason, UNKNOWN)
    return last_words(reason) if item.status == ItemStatus.FAILED else reason.words


def item_read(item: DownloadItem, *, logs: bool = False) -> ItemRead:
    """With `logs` the raw end of what yt-dlp said last, which may hold more than its owner should see."""
    running = item.status == ItemStatus.RUNNING
    completed = item.status == ItemStatus.COMPLETED
    media = (item.file_paths or {}).get("media")
    return ItemRead(
        id=item.id,
        index=item.position,
        title=item.title or item.url,
        status=ItemStatus(item.status),
        progress=1.0 if completed else item.progress,
        downloaded_bytes=item.bytes if completed else item.downloaded_bytes,
        total_bytes=item.bytes if completed else item.total_bytes,
        speed=item.speed if running else None,
        eta=item.eta if running else None,
        attempt=item.attempt,
        reason=_reason(item),
        reason_code=item.reason,
        due_at=item.due_at,
        bytes=item.bytes,
        duration=item.duration,
        file_name=PurePosixPath(media).name if media else None,
        subtitles=[kind.removeprefix(SUBTITLE) for kind in item.file_paths or {} if kind.startswith(SUBTITLE)],
        note=item.note,
        in_plex=InPlex(item.in_plex),
        log_tail=item.log_tail if logs else None,
        version=item.version,
    )
