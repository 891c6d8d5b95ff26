"""The root of every error a service raises on purpose.

MediaNestError
├── Invalid            422  what was sent makes no sense
├── Unauthenticated    401  nobody we know
├── Forbidden          403  known, but not allowed
├── NotFound           404  not there, or another user's
├── Conflict           409  not in this state
├── QuotaExceeded      429  used up; says when it is free again
└── Upstream           503  something we stand on did not do its part
    ├── UpstreamTimeout     no answer in time
    ├── UpstreamUnavailable no connection, 5xx, or nonsense
    ├── UpstreamRefused     it understood and said no
    └── UpstreamOpen        not asked at all: its breaker is open
"""

from typing import Any, ClassVar


class MediaNestError(Exception):
    """Carries what a person may read (`detail`) and what a program may (`code`, `extra`); never a secret."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str, *, retry_after: float | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.extra = extra


class Invalid(MediaNestError):
    code = "VALIDATION_FAILED"
    title = "The request is not valid"
    status = 422


class Unauthenticated(MediaNestError):
    code = "AUTHENTICATION_REQUIRED"
    title = "Sign-in needed"
    status = 401


class Forbidden(MediaNestError):
    code = "INSUFFICIENT_PERMISSIONS"
    title = "Not allowed"
    status = 403


class NotFound(MediaNestError):
    code = "NOT_FOUND"
    title = "Not here"
    status = 404


class Conflict(MediaNestError):
    code = "CONFLICT"
    title = "Not possible now"
    status = 409


class QuotaExceeded(MediaNestError):
    code = "QUOTA_EXCEEDED"
    title = "Quota used up"
    status = 429


class Upstream(MediaNestError):
    """`extra["service"]` names who did not answer as it should."""

    code = "UPSTREAM_FAILED"
    title = "A service we stand on failed"
    status = 503
    retryable = True

    def __init__(self, service: str, detail: str, *, retry_after: float | None = None, **extra: Any) -> None:
        super().__init__(detail, retry_after=retry_after, service=service, **extra)
        self.service = service


class UpstreamTimeout(Upstream):
    """No answer in time: whether a write took effect is not known."""

    code = "UPSTREAM_TIMEOUT"


class UpstreamUnavailable(Upstream):
    code = "UPSTREAM_UNAVAILABLE"


class UpstreamRefused(Upstream):
    """It answered 4xx: asking again the same way will not help. `extra["upstream_status"]` is its status."""

    code = "UPSTREAM_REFUSED"
    status = 502
    retryable = False


class UpstreamOpen(Upstream):
    code = "UPSTREAM_OPEN"
