"""The errors of this service; their codes are stable."""

from medianest_common.errors import Conflict, Forbidden, Invalid, NotFound, QuotaExceeded, Upstream


class RequestNotFound(NotFound):
    code = "REQUEST_NOT_FOUND"
    title = "No such request"


class MoveRefused(Conflict):
    """The request does not stand where this step begins."""

    code = "REQUEST_STEP_REFUSED"
    title = "Not possible for this request now"


class AlreadyRequested(Conflict):
    """`extra["request_id"]` is there when the earlier request is the caller's own."""

    code = "ALREADY_REQUESTED"
    title = "Already asked for"


class AlreadyAvailable(Conflict):
    code = "ALREADY_AVAILABLE"
    title = "Already in Plex"


class MediaBlocklisted(Conflict):
    code = "MEDIA_BLOCKLISTED"
    title = "Not wanted on this server"


class RequestQuotaExceeded(QuotaExceeded):
    """`extra` has `quota`, the same as in the title's detail."""

    code = "REQUEST_QUOTA_EXCEEDED"
    title = "Request quota used up"


class IdempotencyKeyReused(Conflict):
    code = "IDEMPOTENCY_KEY_REUSED"
    title = "This Idempotency-Key belongs to another request"


class TitleNeeded(Invalid):
    """Nobody can be asked what the TMDB id stands for, and the caller did not say."""

    code = "TITLE_NEEDED"
    title = "The title is needed"


class SeasonsNotFound(Invalid):
    code = "SEASONS_NOT_FOUND"
    title = "The series has no such season"


class BadCursor(Invalid):
    code = "CURSOR_NOT_VALID"
    title = "The cursor is not valid"


class NotConfigured(Upstream):
    """The owner has not set the integration up, or switched it off."""

    code = "INTEGRATION_NOT_CONFIGURED"
    title = "Not set up yet"
    retryable = False


class TitleUnavailable(Upstream):
    """Overseerr answered, but could not tell about the title: unknown, or its own source is away."""

    code = "TITLE_UNAVAILABLE"
    title = "Nothing to be found out about this title now"
    retryable = False


class PictureNotFound(NotFound):
    code = "PICTURE_NOT_FOUND"
    title = "No such picture"


class LibraryNotShared(Forbidden):
    code = "LIBRARY_NOT_SHARED"
    title = "The library is not shared with you"


class LibraryItemNotFound(NotFound):
    code = "LIBRARY_ITEM_NOT_FOUND"
    title = "Not in the library"


class WebhookRefused(Forbidden):
    code = "WEBHOOK_SECRET_WRONG"
    title = "Webhook refused"
