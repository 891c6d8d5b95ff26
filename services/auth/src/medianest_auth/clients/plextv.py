"""plex.tv: PINs, whose token it is, and which servers an account may use."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

import httpx2
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from medianest_auth.domain import Resource
from medianest_common.clock import utc_now
from medianest_common.errors import UpstreamRefused, UpstreamUnavailable
from medianest_common.http import OutsideClient

SERVICE = "plex.tv"


class PinGone(Exception):
    """plex.tv does not know the PIN any more."""


class TokenRefused(Exception):
    """plex.tv says the token is no good: 401, and nothing else means that."""


class _Pin(BaseModel):
    id: int
    code: str = Field(min_length=1, max_length=100)
    expires_at: AwareDatetime = Field(alias="expiresAt")
    auth_token: str | None = Field(None, alias="authToken")


class _User(BaseModel):
    id: int
    username: str | None = None
    title: str | None = None
    email: str | None = None
    thumb: str | None = None


class _Resource(BaseModel):
    client_identifier: str = Field(alias="clientIdentifier")
    provides: str | None = ""
    owned: bool | None = False
    access_token: str | None = Field(None, alias="accessToken")


_RESOURCES = TypeAdapter(list[_Resource])


@dataclass(frozen=True)
class Pin:
    id: int
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class PlexAccount:
    """Who a token belongs to; `id` is what people are matched on, never the e-mail (it may be missing)."""

    id: str
    username: str
    email: str | None
    avatar: str | None


class PlexTv:
    """Every call has a deadline; failures leave as Upstream… errors, a bad token as TokenRefused."""

    def __init__(self, client: OutsideClient, base_url: str, *, product: str) -> None:
        self._client = client
        self._base = base_url
        self._product = product
        self.client_id = ""

    async def create_pin(self, *, strong: bool) -> Pin:
        """A new PIN: long for the redirect form, else four characters to type."""
        response = await self._call("POST", "/api/v2/pins", params={"strong": "true"} if strong else None)
        self._client.expect_success(response)
        pin = _parsed(_Pin, response)
        return Pin(pin.id, pin.code, pin.expires_at)

    async def poll_pin(self, pin_id: int) -> str | None:
        """The account's token once the PIN is claimed; raises PinGone. 429 is UpstreamRefused with `retry_after`."""
        response = await self._call("GET", f"/api/v2/pins/{pin_id}")
        if response.status_code == httpx2.codes.NOT_FOUND:
            raise PinGone
        self._success(response)
        pin = _parsed(_Pin, response)
        if pin.auth_token is None and pin.expires_at <= utc_now():
            raise PinGone
        return pin.auth_token

    async def account(self, token: str) -> PlexAccount:
        """Whose token this is; raises TokenRefused."""
        user = _parsed(_User, await self._as_user("/api/v2/user", token))
        name = user.username or user.title or f"plex-{user.id}"
        return PlexAccount(str(user.id), name, user.email or None, user.thumb or None)

    async def resources(self, token: str) -> list[Resource]:
        """The account's servers and players; raises TokenRefused."""
        response = await self._as_user("/api/v2/resources?includeHttps=1&includeRelay=1&includeIPv6=1", token)
        try:
            found = _RESOURCES.validate_json(response.content)
        except ValidationError:
            raise _unreadable() from None
        return [
            Resource(
                client_identifier=each.client_identifier,
                is_server="server" in (each.provides or "").split(","),
                owned=bool(each.owned),
                access_token=each.access_token,
            )
            for each in found
        ]

    async def server_users(self, token: str, machine_identifier: str) -> list[PlexAccount]:
        """Everybody the owner of `token` shares the server with; raises TokenRefused."""
        response = await self._as_user("/api/users", token)
        try:
            root = ET.fromstring(response.content)  # noqa: S314 - fetches nothing; expat 2.4 on bounds how much entities grow
        except ET.ParseError:
            raise _unreadable() from None
        return [
            PlexAccount(
                user.get("id", ""),
                user.get("username") or user.get("title") or f"plex-{user.get('id')}",
                user.get("email") or None,
                user.get("thumb") or None,
            )
            for user in root.iter("User")
            if user.get("id") and any(s.get("machineIdentifier") == machine_identifier for s in user.iter("Server"))
        ]

    async def sign_out(self, token: str) -> None:
        """Withdraw a token of ours at plex.tv; one that is no good already is fine."""
        response = await self._call("DELETE", "/api/v2/users/signout", token=token)
        if response.status_code not in (httpx2.codes.UNAUTHORIZED, httpx2.codes.NOT_FOUND):
            self._success(response)

    async def _as_user(self, path: str, token: str) -> httpx2.Response:
        response = await self._call("GET", path, token=token)
        if response.status_code == httpx2.codes.UNAUTHORIZED:
            raise TokenRefused
        self._success(response)
        return response

    def _success(self, response: httpx2.Response) -> None:
        if response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
            raise UpstreamRefused(
                SERVICE, "plex.tv asks for patience.", retry_after=_seconds(response), upstream_status=429
            )
        self._client.expect_success(response)

    async def _call(self, method: str, path: str, *, token: str | None = None, **options: Any) -> httpx2.Response:
        headers = {
            "Accept": "application/json",
            "X-Plex-Client-Identifier": self.client_id,
            "X-Plex-Product": self._product,
            "X-Plex-Device-Name": self._product,
        }
        if token is not None:
            headers["X-Plex-Token"] = token
        return await self._client.request(method, f"{self._base}{path}", headers=headers, **options)


def _seconds(response: httpx2.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None


def _unreadable() -> UpstreamUnavailable:
    return UpstreamUnavailable(SERVICE, "plex.tv answered with something unreadable.")


ModelT = TypeVar("ModelT", bound=BaseModel)


def _parsed(kind: type[ModelT], response: httpx2.Response) -> ModelT:
    try:
        return kind.model_validate_json(response.content)
    except ValidationError:
        raise _unreadable() from None
