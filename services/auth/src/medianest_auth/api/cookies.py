"""The cookies a browser gets, by what the public address is."""

from datetime import datetime

from fastapi import Request, Response

from medianest_auth.service.sessions import Issued
from medianest_common.clock import utc_now
from medianest_common.cookies import CookieNames
from medianest_common.crypto import csrf_token

_MOST_BINDINGS = 5  # as many as an address may have open PINs: each tab keeps its own


class Cookies:
    """`HttpOnly` but for the CSRF token, `SameSite=Lax`, whole-site path; `Secure` and `__Host-` over https."""

    def __init__(self, public_url: str, csrf_key: str) -> None:
        self._names = CookieNames.for_public_url(public_url)
        self._csrf_key = csrf_key.encode()

    def sign_in(self, response: Response, issued: Issued) -> None:
        """Set the three cookies of a session."""
        until = issued.refresh_expires_at
        self._set(response, self._names.session, issued.access_token, until=issued.access_expires_at)
        self._set(response, self._names.refresh, issued.refresh_token, until=until)
        csrf = csrf_token(str(issued.session_id), self._csrf_key)
        self._set(response, self._names.csrf, csrf, until=until, readable=True)

    def sign_out(self, response: Response) -> None:
        for name in (self._names.session, self._names.refresh, self._names.csrf):
            response.delete_cookie(name, path="/", secure=self._names.secure, httponly=True, samesite="lax")

    def refresh_token(self, request: Request) -> str | None:
        return request.cookies.get(self._names.refresh)

    def bindings(self, request: Request) -> list[str]:
        """The secrets of this browser's sign-in attempts."""
        return request.cookies.get(self._names.pin, "").split(".")[-_MOST_BINDINGS:]

    def bind(self, request: Request, response: Response, binding: str, until: datetime) -> None:
        """Bind one more attempt to this browser; those of its other tabs stay."""
        kept = [each for each in self.bindings(request) if each.isascii() and 20 <= len(each) <= 64]
        value = ".".join([*kept, binding][-_MOST_BINDINGS:])
        self._set(response, self._names.pin, value, until=until)

    def _set(self, response: Response, name: str, value: str, *, until: datetime, readable: bool = False) -> None:
        response.set_cookie(
            name,
            value,
            max_age=max(0, int((until - utc_now()).total_seconds())),
            path="/",
            secure=self._names.secure,
            httponly=not readable,
            samesite="lax",
        )
