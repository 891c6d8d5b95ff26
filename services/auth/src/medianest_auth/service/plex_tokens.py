"""Handing a user's Plex token to the services that act as that user; each time is written down."""

from dataclasses import dataclass
from uuid import UUID

from medianest_auth.errors import PlexTokenMissing
from medianest_auth.repository import WorkFactory
from medianest_auth.service.plex_accounts import PlexAccounts
from medianest_auth.service.plex_server import PlexServer


@dataclass(frozen=True)
class PlexCredentials:
    plex_id: str
    token: str
    server_token: str | None
    machine_identifier: str | None


class PlexTokens:
    def __init__(self, work: WorkFactory, accounts: PlexAccounts, server: PlexServer) -> None:
        self._work = work
        self._accounts = accounts
        self._server = server

    async def read(self, user_id: UUID, *, service: str) -> PlexCredentials:
        """The user's tokens, or PlexTokenMissing. An erased user's are there until downloads are done."""
        async with self._work() as work:
            user = await work.users.find(user_id)
            token = self._accounts.plex_token(user) if user is not None else None
            if user is None or token is None:
                raise PlexTokenMissing("This user has not linked Plex, or must sign in with it again.")
            work.audit.add("plex_token.read", actor=f"svc:{service}", target=user_id)
        return PlexCredentials(
            user.plex_id or "", token, self._accounts.server_token(user), self._server.machine_identifier
        )
