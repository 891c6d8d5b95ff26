"""Follows as clients see them."""

from medianest_common.contracts.downloads import DownloadStatus, FollowStatus
from medianest_downloader.domain import states
from medianest_downloader.follow_schemas import FollowAllowed, FollowRead, FollowStart
from medianest_downloader.models import Download, Follow
from medianest_downloader.schemas import DownloadAction, DownloadOptions

_HELD = {
    DownloadStatus.WAITING_APPROVAL: "An administrator has to approve its videos first.",
    DownloadStatus.PAUSED: "Its download is paused.",
}


def follow_read(follow: Follow, download: Download | None) -> FollowRead:
    """`download` is the one its videos are in."""
    options = DownloadOptions.model_validate(follow.options)
    paused = follow.status == FollowStatus.PAUSED
    return FollowRead(
        id=follow.id,
        user_id=follow.user_id,
        url=follow.url,
        title=follow.title or follow.url,
        kind=follow.kind,
        status=FollowStatus(follow.status),
        problem=follow.problem or _held(download),
        preset=options.preset,
        collection=download.collection if download is not None else options.collection or None,
        playlist=options.playlist,
        subtitles=list(options.subtitles),
        sponsorblock=options.sponsorblock,
        every_hours=follow.every_hours,
        start=FollowStart.ALL if follow.takes_all else FollowStart.NEW,
        keep_last=follow.keep_last,
        keep_days=follow.keep_days,
        last_checked_at=follow.last_checked_at,
        next_check_at=None if paused else follow.next_check_at,
        videos_found=follow.videos_found,
        videos_kept=download.items_completed if download is not None else 0,
        bytes=download.bytes if download is not None else 0,
        download_id=download.id if download is not None else None,
        created_at=follow.created_at,
        version=follow.version,
        allowed=_allowed(follow),
    )


def may_check(follow: Follow) -> states.Action:
    return states.no("It is paused.") if follow.status == FollowStatus.PAUSED else states.YES


def _held(download: Download | None) -> str | None:
    return _HELD.get(DownloadStatus(download.status)) if download is not None else None


def _allowed(follow: Follow) -> FollowAllowed:
    paused = follow.status == FollowStatus.PAUSED
    return FollowAllowed(
        check=_action(may_check(follow)),
        pause=_action(states.no("It is paused already.") if paused else states.YES),
        resume=_action(states.YES if paused else states.no("It is not paused.")),
        delete=_action(states.YES),
    )


def _action(action: states.Action) -> DownloadAction:
    return DownloadAction(ok=action.ok, because=action.because)
