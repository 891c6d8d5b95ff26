"""Whether a call was made by a page of ours.

A call by cookie that changes something shows the token of its session (an HMAC of the session's id, so that a cookie
planted from another port of the same host is no use) and comes from an origin that is ours or allowed.
"""

import hmac
from urllib.parse import urlsplit

from medianest_common.crypto import csrf_token
from medianest_gateway.call import Call
from medianest_gateway.errors import CsrfRefused, OriginRefused
from medianest_gateway.identity import Proof

_ELSEWHERE = frozenset({"cross-site", "same-site"})


class Origins:
    """Which origins are ours or allowed."""

    def __init__(self, public_url: str, allowed: frozenset[str]) -> None:
        parts = urlsplit(public_url)
        self._own = f"{parts.scheme}://{parts.netloc}"
        self._allowed = allowed

    def is_allowed(self, origin: str) -> bool:
        """Whether another origin is on the list."""
        return origin in self._allowed

    def is_ours(self, origin: str, host: str) -> bool:
        """Our public address, or whatever address the browser has called us by."""
        return origin == self._own or (host != "" and origin in (f"http://{host}", f"https://{host}"))

    def check(self, call: Call) -> None:
        """Raise OriginRefused for a page of somebody else's; a caller that is no browser sends nothing to check."""
        origin = call.header(b"origin")
        if origin is None:
            if call.text(b"sec-fetch-site") in _ELSEWHERE:
                raise OriginRefused("Pages of other sites may not do this.")
            return
        text = origin.decode("latin-1")
        if not self.is_ours(text, call.text(b"host")) and not self.is_allowed(text):
            raise OriginRefused("Pages of other sites may not do this.")


class Csrf:
    def __init__(self, key: str, origins: Origins) -> None:
        self._key = key.encode()
        self._origins = origins

    def check(self, call: Call) -> None:
        """Raise CsrfRefused or OriginRefused unless the call may be believed to come from our own page."""
        if call.is_safe:
            return
        self._origins.check(call)
        identity = call.identity
        if identity is None or identity.proof is not Proof.COOKIE:
            return  # nothing that a browser adds by itself was believed
        expected = csrf_token(str(identity.caller.session_id), self._key)
        if not hmac.compare_digest(call.text(b"x-csrf-token").encode("utf-8"), expected.encode()):
            raise CsrfRefused("The page is out of date. Load it again.")
