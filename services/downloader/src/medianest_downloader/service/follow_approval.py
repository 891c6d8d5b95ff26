"""What an administrator's word about a followed download means for its follow."""

from medianest_common.contracts.downloads import FollowChanged, FollowStatus
from medianest_downloader.models import Download, Follow
from medianest_downloader.repository.work import Work
from medianest_downloader.service.facts import follow_fact


async def approve_follow(work: Work, download: Download) -> None:
    """All further videos of the (locked) download's follow come without asking."""
    if (follow := await _of(work, download)) is not None:
        follow.approved = True
        _say(work, follow)


async def decline_follow(work: Work, download: Download) -> None:
    """Nothing new is looked for until somebody lets the follow go on."""
    if (follow := await _of(work, download)) is not None:
        follow.status, follow.problem = FollowStatus.PAUSED, download.error_message and download.error_message[:300]
        _say(work, follow)


async def _of(work: Work, download: Download) -> Follow | None:
    return await work.follows.get(download.follow_id, lock=True) if download.follow_id is not None else None


def _say(work: Work, follow: Follow) -> None:
    follow.version += 1
    work.outbox.add(follow_fact(FollowChanged, follow))
