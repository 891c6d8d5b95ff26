"""Overseerr and its successor Seerr over HTTP, as the owner's API key or on behalf of one of its users."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx2

from medianest_common.contracts.requests import MediaType
from medianest_common.errors import Upstream, UpstreamRefused, UpstreamUnavailable
from medianest_common.http import OutsideClient
from medianest_requests.clients import overseerr_reading as reading
from medianest_requests.domain.connections import Connect
from medianest_requests.domain.overseerr import RequestThere
from medianest_requests.domain.submitting import Refusal
from medianest_requests.domain.titles import Page, Title
from medianest_requests.errors import TitleUnavailable

SERVICE = "Overseerr"

T = TypeVar("T")

_DISCOVER = {
    "trending": "discover/trending",
    "movies": "discover/movies",
    "series": "discover/tv",
    "upcoming-movies": "discover/movies/upcoming",
    "upcoming-series": "discover/tv/upcoming",
}
_USERS_A_PAGE = 100
_MOST_USER_PAGES = 50
_UNUSABLE = (KeyError, TypeError, ValueError, AttributeError)


def did_its_part(response: httpx2.Response) -> bool:
    """A 500 that says why is an answer (a title nobody knows is one): it neither repeats nor opens the breaker."""
    return response.status_code < 500 or (response.status_code == 500 and bool(message_of(response)))


def message_of(response: httpx2.Response) -> str:
    """What Overseerr says of a failure: `message`, or `error` where it refuses."""
    try:
        body = response.json()
    except ValueError:
        return ""
    said = body.get("message") or body.get("error") if isinstance(body, dict) else None
    return said if isinstance(said, str) else ""


@dataclass(frozen=True)
class Refused:
    """Nothing was made, for certain but for TROUBLE; `text` is Overseerr's own."""

    why: Refusal
    text: str


@dataclass(frozen=True)
class PublicSettings:
    """Whether it keeps pictures itself, and which of the two lines it is (the way to its pictures differs)."""

    keeps_pictures: bool
    is_seerr: bool


class OverseerrClient:
    def __init__(self, outside: OutsideClient, connect: Connect) -> None:
        self._outside = outside
        self._connect = connect

    async def close(self) -> None:
        await self._outside.close()

    async def search(self, query: str, page: int) -> Page:
        return await self._read(f"search?query={quote(query, safe='')}&page={page}", reading.page)

    async def discover(self, kind: str, page: int) -> Page:
        default = MediaType.TV if kind.endswith("series") else MediaType.MOVIE

        def read(body: dict[str, Any]) -> Page:
            """The lists of one kind need not say which in each entry."""
            return reading.page(body | {"results": [{"mediaType": default.value} | each for each in body["results"]]})

        return await self._read(f"{_DISCOVER[kind]}?page={page}", read)

    async def title(self, media_type: MediaType, tmdb_id: int) -> Title:
        """A film or series in full; TitleUnavailable when Overseerr cannot tell about it."""
        return await self._read(f"{media_type.value}/{tmdb_id}", lambda body: reading.media_title(media_type, body))

    async def public_settings(self) -> PublicSettings:
        return await self._read(
            "settings/public",
            lambda body: PublicSettings(bool(body.get("cacheImages")), "mediaServerType" in body),
        )

    async def user_of(self, plex_id: str) -> int | None:
        """Overseerr's own number of the user with this Plex account."""
        for number in range(_MOST_USER_PAGES):
            users = await self._read(
                f"user?take={_USERS_A_PAGE}&skip={number * _USERS_A_PAGE}", lambda body: list(body["results"])
            )
            for user in users:
                if str(user.get("plexId") or "") == plex_id:
                    return int(user["id"])
            if len(users) < _USERS_A_PAGE:
                return None
        return None

    async def import_user(self, plex_id: str) -> None:
        """Have Overseerr make a user of this Plex account; it answers well even when it made none."""
        self._good(await self._send("POST", "user/import-from-plex", json={"plexIds": [plex_id]}))

    async def create(
        self, media_type: MediaType, tmdb_id: int, *, seasons: Sequence[int], is_4k: bool, user: int | None
    ) -> RequestThere | Refused:
        """Make a request as this user (None: as the owner); without seasons a series is asked for whole.

        Raises an Upstream error when it is not known whether one was made, and UpstreamRefused when our key, or
        Overseerr's address, is not good.
        """
        body: dict[str, Any] = {"mediaType": media_type.value, "mediaId": tmdb_id, "is4k": is_4k}
        if media_type is MediaType.TV:
            body["seasons"] = list(seasons) or "all"
        response = await self._send("POST", "request", json=body, user=user)
        if response.status_code == 201:
            return self._parsed(response, reading.request)
        why = _why(response)
        if why is Refusal.OTHER:
            raise refusal_of(response)
        return Refused(why, message_of(response))

    async def request(self, number: int) -> RequestThere | None:
        """One request; None when Overseerr says itself that there is none."""
        response = await self._send("GET", f"request/{number}")
        if response.status_code == 404 and message_of(response):
            return None
        return self._parsed(self._good(response), reading.request)

    async def requests(
        self, *, take: int, skip: int, sort: str, requested_by: int | None = None
    ) -> tuple[tuple[RequestThere, ...], int]:
        """A page of requests, newest first by `added` or `modified`, and how many entries it had in all."""
        query = {"take": take, "skip": skip, "sort": sort, "filter": "all"}
        if requested_by is not None:
            query["requestedBy"] = requested_by
        return await self._read(
            f"request?{urlencode(query)}",
            lambda body: (reading.read_each(reading.request, body["results"]), len(body["results"])),
        )

    async def approve(self, number: int) -> None:
        await self._decide(number, "approve")

    async def decline(self, number: int) -> None:
        await self._decide(number, "decline")

    async def retry(self, number: int) -> None:
        await self._decide(number, "retry")

    async def picture(self, path: str) -> httpx2.Response:
        """A picture from its own store, which lies beside the API and asks for no key."""
        return await self._outside.request("GET", f"{self._connect().url}/imageproxy/{path}")

    async def _decide(self, number: int, verb: str) -> None:
        self._good(await self._send("POST", f"request/{number}/{verb}"))

    async def _send(self, method: str, path: str, *, user: int | None = None, json: Any = None) -> httpx2.Response:
        connection = self._connect()
        headers = {"X-Api-Key": connection.secret, "Accept": "application/json"}
        if user is not None:
            headers["X-API-User"] = str(user)
        options = {} if json is None else {"json": json}
        return await self._outside.request(method, f"{connection.url}/api/v1/{path}", headers=headers, **options)

    async def _read(self, path: str, read: Callable[[dict[str, Any]], T]) -> T:
        return self._parsed(self._good(await self._send("GET", path)), read)

    def _parsed(self, response: httpx2.Response, read: Callable[[dict[str, Any]], T]) -> T:
        try:
            return read(response.json())
        except _UNUSABLE:
            raise UpstreamUnavailable(SERVICE, "Overseerr answered with something unreadable.") from None

    def _good(self, response: httpx2.Response) -> httpx2.Response:
        if not response.is_success:
            raise refusal_of(response)
        return response


def refusal_of(response: httpx2.Response) -> Upstream:
    """The error that says what the owner has to look at; never what was sent."""
    status, said = response.status_code, message_of(response)
    if status == 500:
        return TitleUnavailable(SERVICE, "Overseerr cannot tell about this now.")
    if "csrf" in said.lower():
        detail = "Overseerr refuses changes by API key: its CSRF protection is on (Settings, Network). Switch it off."
    elif status in (401, 403):
        detail = "Overseerr refuses our API key."
    elif 300 <= status < 400 or status == 405:
        detail = "Overseerr's address redirects elsewhere. Set it to where Overseerr really answers."
    else:
        detail = f"Overseerr refused with status {status}."
    return UpstreamRefused(SERVICE, detail, upstream_status=status)


_REFUSALS = (("quota", Refusal.QUOTA), ("blocklist", Refusal.BLOCKLISTED), ("blacklist", Refusal.BLOCKLISTED))


def _why(response: httpx2.Response) -> Refusal:
    """Which refusal it is; only the text tells the several 403 apart."""
    status, said = response.status_code, message_of(response).lower()
    if status == 202:
        return Refusal.NO_SEASONS
    if status == 409:
        return Refusal.DUPLICATE
    if status == 500:
        return Refusal.TROUBLE
    if status != 403 or "csrf" in said:
        return Refusal.OTHER
    for word, refusal in _REFUSALS:
        if word in said:
            return refusal
    return Refusal.NO_SUCH_USER if "access this endpoint" in said else Refusal.PERMISSION
