"""What every answer carries, and how an error becomes one."""

from typing import Final

from medianest_common.errors import MediaNestError
from medianest_common.problem_details import MEDIA_TYPE, problem_bytes, retry_after_header
from medianest_gateway.asgi import Headers
from medianest_gateway.call import Call
from medianest_gateway.errors import BodyTooLarge, BodyTooSlow, MethodNotAllowed

Common = tuple[tuple[bytes, bytes], ...]

_PERMISSIONS: Final = (
    b"accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
    b"magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()"
)
_EVERYWHERE: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", _PERMISSIONS),
    (b"cross-origin-opener-policy", b"same-origin-allow-popups"),  # the sign-in at plex.tv is a pop-up
    (b"cross-origin-resource-policy", b"same-origin"),
)
_API_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'{socket}; manifest-src 'self'; worker-src 'self'; media-src 'self'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_YEAR: Final = b"max-age=31536000; includeSubDomains"


class CommonHeaders:
    """The security headers of answers from services and of pages; `server` names nobody."""

    def __init__(self, public_url: str) -> None:
        is_https = public_url.startswith("https://")
        always: Common = (*_EVERYWHERE, (b"strict-transport-security", _YEAR)) if is_https else _EVERYWHERE
        socket = f" {public_url.replace('http', 'ws', 1)}"  # older browsers do not count a socket as 'self'
        self.api: Common = (*always, (b"content-security-policy", _API_POLICY))
        self.page: Common = (*always, (b"content-security-policy", _PAGE_POLICY.format(socket=socket).encode()))


async def answer_problem(call: Call, error: MediaNestError) -> None:
    """Answer with problem details; a WebSocket handshake is denied with them."""
    headers: Headers = [(b"content-type", MEDIA_TYPE.encode()), (b"cache-control", b"no-store")]
    headers += [(name.lower().encode(), value.encode()) for name, value in retry_after_header(error).items()]
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", ", ".join(error.allowed).encode()))
    if isinstance(error, BodyTooLarge | BodyTooSlow):
        headers.append((b"connection", b"close"))  # what is still to come is not read
    instance = call.path or call.raw[:200].decode("latin-1")
    body = problem_bytes(error, instance=instance, correlation=call.trace)
    if call.is_socket:
        await call.reply.deny_socket(error.status, headers, body)
    else:
        await call.reply.whole(error.status, headers, b"" if call.method == "HEAD" else body)
