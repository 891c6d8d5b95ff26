"""Facts made from rows: for the owner and the administrators."""

from typing import Any, TypeVar

from medianest_common.contracts.downloads import (
    DownloadEvent,
    DownloadStatus,
    FollowEvent,
    FollowStatus,
    InPlex,
    ItemEvent,
    ItemStatus,
)
from medianest_common.contracts.envelope import ADMINS
from medianest_downloader.models import Download, DownloadItem, Follow

_D = TypeVar("_D", bound=DownloadEvent)
_I = TypeVar("_I", bound=ItemEvent)

_F = TypeVar("_F", bound=FollowEvent)


def download_fact(kind: type[_D], download: Download) -> _D:
    return kind(
        audience=(str(download.user_id), ADMINS),
        version=download.version,
        download_id=download.id,
        user_id=download.user_id,
        status=DownloadStatus(download.status),
        in_plex=InPlex(download.in_plex),
        items_total=download.items_total,
        items_completed=download.items_completed,
        items_failed=download.items_failed,
    )


def item_fact(kind: type[_I], item: DownloadItem, **more: Any) -> _I:
    return kind(
        audience=(str(item.user_id), ADMINS),
        version=item.version,
        item_id=item.id,
        download_id=item.download_id,
        user_id=item.user_id,
        status=ItemStatus(item.status),
        attempt=item.attempt,
        **more,
    )


def follow_fact(kind: type[_F], follow: Follow) -> _F:
    return kind(
        audience=(str(follow.user_id), ADMINS),
        version=follow.version,
        follow_id=follow.id,
        user_id=follow.user_id,
        status=FollowStatus(follow.status),
        videos_found=follow.videos_found,
    )
