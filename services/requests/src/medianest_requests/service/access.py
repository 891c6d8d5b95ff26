"""With whose token the Plex server is asked: the caller's own, so that what is not shared with them stays hidden."""

from collections import OrderedDict
from datetime import datetime, timedelta
from uuid import UUID

from medianest_common.clock import Clock
from medianest_common.tokens import Caller
from medianest_requests.clients.auth import AuthClient
from medianest_requests.domain.connections import Connection
from medianest_requests.errors import LibraryNotShared
from medianest_requests.service.directory import Directory

_REMEMBERED = timedelta(minutes=10)
_MOST_REMEMBERED = 500


class PlexAccesses:
    """Tokens are held in memory alone, for minutes: each reading at the auth service is audited."""

    def __init__(self, auth: AuthClient, directory: Directory, clock: Clock) -> None:
        self._auth = auth
        self._directory = directory
        self._clock = clock
        self._known: OrderedDict[UUID, tuple[str | None, datetime]] = OrderedDict()

    async def of(self, caller: Caller) -> Connection:
        """The Plex server with the caller's token; for an admin without one the owner's. Raises LibraryNotShared."""
        server = self._directory.plex()
        token = await self._token(caller.user_id)
        if token is not None:
            return Connection(server.url, token)
        if caller.is_admin:
            return server
        raise LibraryNotShared("Your Plex account has no access to this server. Ask its owner to share it with you.")

    def forget(self, user_id: UUID) -> None:
        self._known.pop(user_id, None)

    async def _token(self, user_id: UUID) -> str | None:
        known = self._known.get(user_id)
        if known is not None and self._clock() - known[1] < _REMEMBERED:
            return known[0]
        access = await self._auth.plex_access(str(user_id))
        token = None if access is None else access.server_token
        self._known[user_id] = token, self._clock()
        self._known.move_to_end(user_id)
        if len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)
        return token
