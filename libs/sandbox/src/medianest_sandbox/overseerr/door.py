"""Who asks, and whether the call fits the API: keys, sessions, rights, unknown query parameters, switches."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from medianest_sandbox.overseerr.numbers import Mode, Permission
from medianest_sandbox.overseerr.records import Records, User
from medianest_sandbox.overseerr.replies import Refused, bad_input, no_permission, not_signed_in
from medianest_sandbox.wire import json_reply

API_KEY = "sandbox-overseerr-key"
_COOKIE = "connect.sid"
_MOST_SESSIONS = 1_000

Endpoint = Callable[[Request, User | None], Awaitable[Response]]


@dataclass
class Switches:
    """Ways in which this program is known to trouble its clients."""

    csrf: bool = False
    redirect_https: bool = False
    tmdb_down: bool = False
    import_empty: bool = False

    def change(self, document: dict[str, Any]) -> None:
        """Turn named switches on or off; raises ValueError for an unknown one."""
        for name, value in document.items():
            if name not in vars(self) or not isinstance(value, bool):
                raise ValueError(f"{name!r} is not a switch, or its value is neither true nor false")
            setattr(self, name, value)


@dataclass
class Door:
    """Makes routes that know who asks."""

    records: Records
    switches: Switches = field(default_factory=Switches)
    sessions: dict[str, int] = field(default_factory=dict)

    def route(
        self,
        path: str,
        endpoint: Endpoint,
        *,
        methods: tuple[str, ...] = ("GET",),
        query: tuple[str, ...] = (),
        seerr_query: tuple[str, ...] = (),
        needs: Permission | None = None,
        public: bool = False,
    ) -> Route:
        """A route under /api/v1. `query` lists the parameters it knows; any other one is refused."""

        async def answer(request: Request) -> Response:
            try:
                if self.switches.redirect_https:
                    return RedirectResponse(str(request.url.replace(scheme="https")), 301)
                user = self._user(request, public=public)
                known = query + (seerr_query if self.records.mode is Mode.SEERR else ())
                _check_query(request, known)
                self._check_csrf(request)
                if needs is not None and (user is None or not user.may(needs)):
                    raise no_permission()
                return await endpoint(request, user)
            except Refused as refusal:
                return refusal.reply()

        return Route(f"/api/v1{path}", answer, methods=list(methods))

    def sign_in(self, user: User, answer: Response) -> None:
        """Start a session and set its cookie on the answer."""
        session = secrets.token_urlsafe(24)
        self.sessions[session] = user.id
        while len(self.sessions) > _MOST_SESSIONS:
            del self.sessions[next(iter(self.sessions))]
        answer.set_cookie(_COOKIE, session, max_age=30 * 86_400, httponly=True, samesite="lax")

    def sign_out(self, request: Request) -> None:
        """End the session that comes with the call."""
        self.sessions.pop(_session(request), None)

    def _user(self, request: Request, *, public: bool) -> User | None:
        key, session = request.headers.get("x-api-key"), _session(request)
        if key is not None:
            number = request.headers.get("x-api-user", "1")
            user = self.records.users.get(int(number)) if number.isdigit() else None
            if not secrets.compare_digest(key.encode(), API_KEY.encode()):
                user = None
        elif session or public:
            user = self.records.users.get(self.sessions.get(session, 0))
        else:
            raise not_signed_in(request.url.path.removeprefix("/overseerr"))
        if user is None and not public:
            raise no_permission()
        return user

    def _check_csrf(self, request: Request) -> None:
        if self.switches.csrf and request.method not in {"GET", "HEAD"}:
            raise Refused(403, "invalid csrf token")


def _session(request: Request) -> str:
    cookie = SimpleCookie(request.headers.get("cookie", "")).get(_COOKIE)
    return cookie.value if cookie else ""


def _check_query(request: Request, known: tuple[str, ...]) -> None:
    for name in request.query_params:
        if name not in known:
            raise bad_input(f".query.{name}", f"Unknown query parameter '{name}'")


def number(request: Request, name: str, default: int) -> int:
    """A whole number in the query; 400 when it is something else."""
    given = request.query_params.get(name)
    if given is None:
        return default
    if not given.isdigit():
        raise bad_input(f".query.{name}", "must be number")
    return int(given)


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in the body; 400 when there is none."""
    raw = await request.body()
    try:
        document = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"Unexpected token in JSON at position {error.pos}") from error
    if not isinstance(document, dict):
        raise bad_input(".body", "must be object")
    return document


def paged(items: list[Any], *, take: int, skip: int) -> tuple[list[Any], dict[str, int]]:
    """The items of one page, and `pageInfo`; beyond the end there are none."""
    info = {
        "pages": -(-len(items) // take) if take else 0,
        "pageSize": take,
        "results": len(items),
        "page": skip // take + 1 if take else 1,
    }
    return items[skip : skip + take], info


def page_reply(results: list[Any], info: dict[str, int], **more: Any) -> Response:
    """A page as the API writes it."""
    return json_reply({"pageInfo": info, "results": results, **more})
