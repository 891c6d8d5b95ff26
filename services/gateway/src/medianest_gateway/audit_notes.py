"""What only administrators may change at the other services, told to auth for its audit log.

Told before the answer goes out. While auth is away the notes wait here, a bounded number of them; one that is given up
is in the log.
"""

from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

import structlog

from medianest_common.clock import utc_now
from medianest_common.contracts.permissions import ROLE_PERMISSIONS, Permission, Role
from medianest_common.errors import Upstream
from medianest_common.ids import uuid7
from medianest_gateway.auth_client import AuthClient
from medianest_gateway.call import Call
from medianest_gateway.routes import Route

_log = structlog.get_logger(__name__)

_MOST: Final = 1_000
_AT_ONCE: Final = 50
_LONGEST_PATH: Final = 200
_KEEPS_ITS_OWN: Final = "auth"
_TOLD_BY_EVENT: Final = "_dead_letters"  # the services tell these themselves

Note = Mapping[str, Any]  # JSON's own types


class AuditNotes:
    def __init__(self, auth: AuthClient) -> None:
        self._auth = auth
        self._waiting: deque[Note] = deque()
        self._sending = False

    async def add(self, call: Call, route: Route, status: int) -> None:
        """Note a change that was made, if only administrators may make it."""
        if call.is_safe or call.user is None or status >= 400 or not _is_for_admins(route):
            return
        if len(self._waiting) >= _MOST:
            _lose(self._waiting.popleft())
        self._waiting.append(_note(call, route, status))
        await self.send()

    async def send(self) -> None:
        """Tell what waits; what auth does not take now stays. Each has an id, so that telling twice does no harm."""
        if self._sending:
            return
        self._sending = True
        try:
            while self._waiting:
                part = list(islice(self._waiting, _AT_ONCE))
                await self._auth.note(part)
                for _ in part:
                    self._waiting.popleft()
        except Upstream:
            return
        finally:
            self._sending = False

    async def finish(self) -> None:
        """Tell what waits, for the last time; what auth does not take now is left in the log at least."""
        await self.send()
        for note in self._waiting:
            _lose(note)
        self._waiting.clear()


def _is_for_admins(route: Route) -> bool:
    access = route.access
    is_theirs = isinstance(access, Permission) and access not in ROLE_PERMISSIONS[Role.USER]
    return is_theirs and route.upstream != _KEEPS_ITS_OWN and not route.name.endswith(_TOLD_BY_EVENT)


def _note(call: Call, route: Route, status: int) -> Note:
    return {
        "id": str(uuid7()),
        "at": utc_now().isoformat(),
        "actor": call.user,
        "action": f"{route.upstream}.{route.name}",
        "target": _target(call.path, route),
        "address": call.address,
        "detail": {"method": call.method, "path": call.path[:_LONGEST_PATH], "status": status},
    }


def _target(path: str, route: Route) -> str | None:
    """The first part of a path that the route leaves open: the id of what was changed."""
    for known, part in zip(route.pattern.split("/"), path.split("/"), strict=False):
        if known in ("*", "**"):
            return part[:64]
    return None


def _lose(note: Note) -> None:
    _log.error("audit_note_lost", **{name: note[name] for name in ("id", "at", "actor", "action", "target")})
