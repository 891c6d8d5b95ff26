"""The errors of the downloader.

NotFound  ← DownloadNotFound, FileNotThere, FollowNotFound, LaneNotFound
Conflict  ← ActionNotPossible, FollowedAlready, IdempotencyKeyReused
Invalid   ← AddressNotAllowed, PreviewFailed
QuotaExceeded ← StorageQuotaExceeded
Upstream  ← VideoSiteTrouble, PreviewsBusy
RangeNotThere
"""

from medianest_common.errors import Conflict, Invalid, MediaNestError, NotFound, QuotaExceeded, Upstream


class DownloadNotFound(NotFound):
    code = "DOWNLOAD_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such download.")


class FollowNotFound(NotFound):
    code = "FOLLOW_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("Nothing of this kind is followed.")


class FileNotThere(NotFound):
    code = "DOWNLOAD_FILE_NOT_FOUND"


class RangeNotThere(MediaNestError):
    code = "RANGE_NOT_SATISFIABLE"
    title = "Not a part of the file"
    status = 416


class LaneNotFound(NotFound):
    code = "LANE_NOT_FOUND"


class ActionNotPossible(Conflict):
    code = "DOWNLOAD_ACTION_NOT_POSSIBLE"


class FollowedAlready(Conflict):
    """`extra["follow_id"]` is the one there is."""

    code = "FOLLOWED_ALREADY"
    title = "You follow this already"


class IdempotencyKeyReused(Conflict):
    code = "IDEMPOTENCY_KEY_REUSED"


class AddressNotAllowed(Invalid):
    code = "DOWNLOAD_ADDRESS_NOT_ALLOWED"
    title = "This address cannot be downloaded"


class PreviewFailed(Invalid):
    """`extra["reason"]` is the class of the failure."""

    code = "DOWNLOAD_PREVIEW_FAILED"
    title = "There is nothing to download there"


class StorageQuotaExceeded(QuotaExceeded):
    code = "DOWNLOAD_QUOTA_EXCEEDED"
    title = "Your storage is used up"


class VideoSiteTrouble(Upstream):
    code = "VIDEO_SITE_TROUBLE"
    title = "The video site does not do its part"


class PreviewsBusy(Upstream):
    code = "PREVIEWS_BUSY"
    title = "Too many previews at once"
