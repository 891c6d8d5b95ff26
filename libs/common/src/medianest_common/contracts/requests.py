"""What the requests service says: the way of a media request."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from medianest_common.contracts.auth import UserErased
from medianest_common.contracts.envelope import Event


class MediaType(StrEnum):
    MOVIE = "movie"
    TV = "tv"


class RequestStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    SUBMITTED = "submitted"
    PROCESSING = "processing"
    PARTIALLY_AVAILABLE = "partially_available"
    AVAILABLE = "available"
    REMOVED = "removed"
    DECLINED = "declined"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RequestEvent(Event):
    """A step of one request; `status` is where it stands after it."""

    entity_field: ClassVar[str] = "request_id"

    request_id: UUID
    user_id: UUID
    media_type: MediaType
    tmdb_id: int
    is_4k: bool
    status: RequestStatus


class RequestCreated(RequestEvent):
    subject: ClassVar[str] = "medianest.evt.requests.request.created.v1"


class RequestApproved(RequestEvent):
    subject: ClassVar[str] = "medianest.evt.requests.request.approved.v1"


class RequestDeclined(RequestEvent):
    subject: ClassVar[str] = "medianest.evt.requests.request.declined.v1"


class RequestSubmitted(RequestEvent):
    """Overseerr has it."""

    subject: ClassVar[str] = "medianest.evt.requests.request.submitted.v1"


class RequestProcessingStarted(RequestEvent):
    """It is being fetched."""

    subject: ClassVar[str] = "medianest.evt.requests.request.processing_started.v1"


class RequestBecamePartiallyAvailable(RequestEvent):
    subject: ClassVar[str] = "medianest.evt.requests.request.became_partially_available.v1"


class RequestBecameAvailable(RequestEvent):
    subject: ClassVar[str] = "medianest.evt.requests.request.became_available.v1"


class RequestRemoved(RequestEvent):
    """It was there, and is no longer."""

    subject: ClassVar[str] = "medianest.evt.requests.request.removed.v1"


class RequestFailed(RequestEvent):
    subject: ClassVar[str] = "medianest.evt.requests.request.failed.v1"


class RequestRetried(RequestEvent):
    """A failed request was sent on its way again."""

    subject: ClassVar[str] = "medianest.evt.requests.request.retried.v1"


class RequestCancelled(RequestEvent):
    subject: ClassVar[str] = "medianest.evt.requests.request.cancelled.v1"


class RequestsUserErased(UserErased):
    subject: ClassVar[str] = "medianest.evt.requests.user.erased.v1"
