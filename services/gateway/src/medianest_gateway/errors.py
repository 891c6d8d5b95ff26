"""What the gateway itself refuses, beside the suite's own errors."""

from medianest_common.errors import Forbidden, MediaNestError, Unauthenticated


class BadRequest(MediaNestError):
    """What arrived cannot be read in one way only, so it is not read at all."""

    code = "BAD_REQUEST"
    title = "The request is not understood"
    status = 400


class MethodNotAllowed(MediaNestError):
    code = "METHOD_NOT_ALLOWED"
    title = "Not possible here"
    status = 405

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(f"This address takes {', '.join(allowed)}.")
        self.allowed = allowed


class BodyTooLarge(MediaNestError):
    code = "BODY_TOO_LARGE"
    title = "Too much was sent"
    status = 413


class BodyTooSlow(MediaNestError):
    code = "BODY_TOO_SLOW"
    title = "What was sent did not arrive in time"
    status = 408


class RateLimited(MediaNestError):
    code = "RATE_LIMITED"
    title = "Too many calls"
    status = 429
    retryable = True


class CsrfRefused(Forbidden):
    """The call did not come from our own page, or cannot show that it did."""

    code = "CSRF_TOKEN_INVALID"


class OriginRefused(Forbidden):
    code = "ORIGIN_NOT_ALLOWED"


class SessionEnded(Unauthenticated):
    """There was a session; `cookies` (Set-Cookie values) take its cookies away."""

    code = "SESSION_ENDED"

    def __init__(self, cookies: tuple[bytes, ...] = ()) -> None:
        super().__init__("Your session has ended. Sign in again.")
        self.cookies = cookies


class TooManySockets(MediaNestError):
    code = "TOO_MANY_CONNECTIONS"
    title = "Too many live connections"
    status = 503
    retryable = True


class ClientGone(Exception):
    """The client left before its request was complete; nobody is there to answer."""
