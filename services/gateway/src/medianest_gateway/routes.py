"""The table of routes: what is reachable, who may, how often, how long, and what may be kept.

A pattern is segments; `*` stands for one segment, a final `**` for any number of them. A literal beats `*`, which
beats `**`. What is not in the table does not exist for the outside, `/internal` above all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, TypedDict, Unpack

from medianest_common.contracts.permissions import Permission
from medianest_common.cookies import PIN, REFRESH

MIB: Final = 1024 * 1024


class Open(Enum):
    """Who may come without a permission."""

    PUBLIC = auto()  # nobody is asked who they are
    OPTIONAL = auto()  # a session goes along when there is one
    SIGNED_IN = auto()  # any session


class Rate(Enum):
    """What a call is counted as."""

    NONE = auto()
    API = auto()
    MEDIA_REQUEST = auto()
    YOUTUBE = auto()
    SIGN_IN = auto()
    PIN_POLL = auto()


class Keep(Enum):
    """Who may see a kept answer again, if the service's Cache-Control allows keeping it at all."""

    NEVER = auto()
    PRIVATE = auto()
    SHARED = auto()


Access = Open | Permission


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of the table. `deadline` (seconds) overrides the general one; `cookies` are ours that go along."""

    name: str
    methods: tuple[str, ...]
    pattern: str
    upstream: str
    access: Access
    rate: Rate = Rate.API
    keep: Keep = Keep.NEVER
    body_limit: int = MIB
    deadline: float | None = None
    cookies: frozenset[str] = field(default_factory=frozenset)
    forward_authorization: bool = False


class _More(TypedDict, total=False):
    rate: Rate
    deadline: float
    cookies: frozenset[str]
    forward_authorization: bool


def _reads(
    name: str, pattern: str, upstream: str, access: Access, keep: Keep = Keep.NEVER, **more: Unpack[_More]
) -> Route:
    return Route(name, ("GET", "HEAD"), pattern, upstream, access, keep=keep, **more)


def _writes(name: str, pattern: str, upstream: str, access: Access, **more: Unpack[_More]) -> Route:
    return Route(name, ("POST", "PUT", "PATCH", "DELETE"), pattern, upstream, access, **more)


def _post(name: str, pattern: str, upstream: str, access: Access, **more: Unpack[_More]) -> Route:
    return Route(name, ("POST",), pattern, upstream, access, **more)


_PIN = frozenset({PIN})
_REFRESH = frozenset({REFRESH})

HUB = "hub"

TABLE: tuple[Route, ...] = (
    # the way in
    _reads("read_setup", "/api/v1/auth/setup", "auth", Open.PUBLIC),
    _post("set_up", "/api/v1/auth/setup", "auth", Open.PUBLIC, rate=Rate.SIGN_IN),
    _post("log_in", "/api/v1/auth/login", "auth", Open.PUBLIC, rate=Rate.SIGN_IN, cookies=_REFRESH),
    _post("start_plex_pin", "/api/v1/auth/plex/pin", "auth", Open.OPTIONAL, rate=Rate.SIGN_IN, cookies=_PIN),
    _reads(
        "read_plex_pin", "/api/v1/auth/plex/pin/*", "auth", Open.OPTIONAL, rate=Rate.PIN_POLL, cookies=_PIN | _REFRESH
    ),
    _reads("read_plex_pin_qr", "/api/v1/auth/plex/pin/*/qr", "auth", Open.PUBLIC, rate=Rate.PIN_POLL, cookies=_PIN),
    _post("refresh_session", "/api/v1/auth/refresh", "auth", Open.PUBLIC, rate=Rate.PIN_POLL, cookies=_REFRESH),
    _post("log_out", "/api/v1/auth/logout", "auth", Open.OPTIONAL, cookies=_REFRESH),
    _reads("read_jwks", "/api/v1/auth/jwks", "auth", Open.PUBLIC, Keep.SHARED),
    # one's own account
    _reads("read_me", "/api/v1/auth/me", "auth", Permission.PROFILE_READ),
    _reads("sessions", "/api/v1/auth/sessions", "auth", Permission.PROFILE_READ),
    _writes("revoke_session", "/api/v1/auth/sessions/**", "auth", Permission.PROFILE_WRITE),
    _reads("tokens", "/api/v1/auth/tokens", "auth", Permission.PROFILE_WRITE),
    _writes("change_tokens", "/api/v1/auth/tokens/**", "auth", Permission.PROFILE_WRITE),
    _writes("change_password", "/api/v1/auth/password", "auth", Permission.PROFILE_WRITE, rate=Rate.SIGN_IN),
    # everybody's accounts, for administrators
    _reads("invitations", "/api/v1/auth/invitations/**", "auth", Permission.USERS_READ),
    _writes("change_invitations", "/api/v1/auth/invitations/**", "auth", Permission.USERS_WRITE),
    _reads("policy", "/api/v1/auth/policy", "auth", Permission.USERS_READ),
    _writes("change_policy", "/api/v1/auth/policy", "auth", Permission.USERS_WRITE),
    _reads("users", "/api/v1/users/**", "auth", Permission.USERS_READ),
    _writes("change_users", "/api/v1/users/**", "auth", Permission.USERS_WRITE, deadline=60.0),
    Route("delete_user", ("DELETE",), "/api/v1/users/*", "auth", Permission.USERS_DELETE),
    _reads("audit", "/api/v1/audit/**", "auth", Permission.LOGS_READ),
    # media, requests, library
    _reads("artwork", "/api/v1/media/artwork/**", "requests", Permission.MEDIA_SEARCH, rate=Rate.NONE),
    _reads("media", "/api/v1/media/**", "requests", Permission.MEDIA_SEARCH, Keep.PRIVATE),
    _reads("requests", "/api/v1/requests/**", "requests", Permission.MEDIA_REQUEST),
    _post("create_request", "/api/v1/requests", "requests", Permission.MEDIA_REQUEST, rate=Rate.MEDIA_REQUEST),
    Route("cancel_request", ("DELETE",), "/api/v1/requests/*", "requests", Permission.MEDIA_REQUEST),
    _post("approve_request", "/api/v1/requests/*/approve", "requests", Permission.SYSTEM_MANAGE),
    _post("decline_request", "/api/v1/requests/*/decline", "requests", Permission.SYSTEM_MANAGE),
    _post("retry_request", "/api/v1/requests/*/retry", "requests", Permission.MEDIA_REQUEST),
    _reads("library", "/api/v1/library/**", "requests", Permission.MEDIA_SEARCH, Keep.PRIVATE),
    _post("overseerr_webhook", "/api/v1/webhooks/overseerr", "requests", Open.PUBLIC, forward_authorization=True),
    # downloads
    _post("preview_download", "/api/v1/downloads/preview", "downloader", Permission.YOUTUBE_DOWNLOAD, deadline=90.0),
    _post(
        "submit_download",
        "/api/v1/downloads",
        "downloader",
        Permission.YOUTUBE_DOWNLOAD,
        rate=Rate.YOUTUBE,
        deadline=90.0,
    ),
    _reads("downloads", "/api/v1/downloads/**", "downloader", Permission.YOUTUBE_DOWNLOAD),
    _writes("change_downloads", "/api/v1/downloads/**", "downloader", Permission.YOUTUBE_DOWNLOAD),
    _post("approve_download", "/api/v1/downloads/*/approve", "downloader", Permission.SYSTEM_MANAGE),
    _post("decline_download", "/api/v1/downloads/*/decline", "downloader", Permission.SYSTEM_MANAGE),
    _reads("downloads_readiness", "/api/v1/downloads/readiness", "downloader", Permission.SYSTEM_MANAGE),
    _reads("paused_users", "/api/v1/downloads/paused-users/**", "downloader", Permission.SYSTEM_MANAGE),
    _writes("change_paused_users", "/api/v1/downloads/paused-users/**", "downloader", Permission.SYSTEM_MANAGE),
    _reads("lanes", "/api/v1/downloads/lanes/**", "downloader", Permission.SYSTEM_MANAGE),
    _writes("change_lanes", "/api/v1/downloads/lanes/**", "downloader", Permission.SYSTEM_MANAGE),
    # status, integrations
    _reads("status", "/api/v1/status/**", "status", Permission.DASHBOARD_READ, Keep.PRIVATE),
    _reads("public_status", "/api/v1/public/status", "status", Open.PUBLIC, Keep.SHARED),
    _reads("incidents", "/api/v1/incidents/**", "status", Permission.DASHBOARD_READ),
    _writes("change_incidents", "/api/v1/incidents/**", "status", Permission.SERVICES_CONFIGURE),
    _reads("maintenance", "/api/v1/maintenance/**", "status", Permission.DASHBOARD_READ),
    _writes("change_maintenance", "/api/v1/maintenance/**", "status", Permission.SERVICES_CONFIGURE),
    _reads("integrations", "/api/v1/integrations/**", "status", Permission.SERVICES_CONFIGURE),
    _writes("change_integrations", "/api/v1/integrations/**", "status", Permission.SERVICES_CONFIGURE, deadline=60.0),
    _post("uptime_kuma_webhook", "/api/v1/webhooks/uptime-kuma", "status", Open.PUBLIC, forward_authorization=True),
    # dead letters of each service, for administrators
    _reads("auth_dead_letters", "/api/v1/auth/dead-letters/**", "auth", Permission.SYSTEM_MANAGE),
    _writes("change_auth_dead_letters", "/api/v1/auth/dead-letters/**", "auth", Permission.SYSTEM_MANAGE),
    _reads("requests_dead_letters", "/api/v1/requests/dead-letters/**", "requests", Permission.SYSTEM_MANAGE),
    _writes("change_requests_dead_letters", "/api/v1/requests/dead-letters/**", "requests", Permission.SYSTEM_MANAGE),
    _reads("downloads_dead_letters", "/api/v1/downloads/dead-letters/**", "downloader", Permission.SYSTEM_MANAGE),
    _writes(
        "change_downloads_dead_letters", "/api/v1/downloads/dead-letters/**", "downloader", Permission.SYSTEM_MANAGE
    ),
    _reads("status_dead_letters", "/api/v1/status/dead-letters/**", "status", Permission.SYSTEM_MANAGE),
    _writes("change_status_dead_letters", "/api/v1/status/dead-letters/**", "status", Permission.SYSTEM_MANAGE),
    # live events, answered by the gateway itself
    Route("events_socket", ("WEBSOCKET",), "/api/v1/events/ws", HUB, Open.SIGNED_IN),
    Route("events_stream", ("GET",), "/api/v1/events/stream", HUB, Open.SIGNED_IN),
)


class _Node:
    __slots__ = ("any", "ends", "literal", "rest")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.ends: dict[str, Route] = {}
        self.rest: dict[str, Route] = {}


class Table:
    """Finds the route of a path and method; a tree of segments, so that the size of the table costs nothing."""

    def __init__(self, routes: Iterable[Route] = TABLE) -> None:
        self._root = _Node()
        self._methods: set[str] = set()
        for route in routes:
            self._methods.update(route.methods)
            self._add(route)
        self._methods.discard("WEBSOCKET")

    def find(self, method: str, path: str) -> Route | None:
        """The most exact route of this method, or None."""
        return _find(self._root, path.split("/"), 1, method)

    def methods(self, path: str) -> list[str]:
        """What may be done at a path, for 405 and preflights; empty when there is nothing there."""
        return sorted(method for method in self._methods if self.find(method, path) is not None)

    def _add(self, route: Route) -> None:
        *head, last = route.pattern.split("/")[1:]
        node = self._root
        for segment in head:
            node = _child(node, segment)
        if last != "**":
            self._put(_child(node, last).ends, route)
        else:
            self._put(node.rest, route)

    @staticmethod
    def _put(routes: dict[str, Route], route: Route) -> None:
        for method in route.methods:
            if method in routes:
                raise ValueError(f"{method} {route.pattern} is twice in the table")
            routes[method] = route


def _child(node: _Node, segment: str) -> _Node:
    if segment == "*":
        node.any = node.any or _Node()
        return node.any
    return node.literal.setdefault(segment, _Node())


def _find(node: _Node, segments: list[str], at: int, method: str) -> Route | None:
    """The most exact route that fits; `/**` fits its own folder too, and no pattern an empty segment."""
    if at == len(segments):
        return node.ends.get(method) or node.rest.get(method)
    segment = segments[at]
    if not segment:
        return None
    found = None
    if (literal := node.literal.get(segment)) is not None:
        found = _find(literal, segments, at + 1, method)
    if found is None and node.any is not None:
        found = _find(node.any, segments, at + 1, method)
    return found or node.rest.get(method)
