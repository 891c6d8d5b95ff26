"""Sealing everything at rest under the newest key, while the service serves."""

from uuid import UUID

from medianest_auth.models import User
from medianest_auth.repository import WorkFactory
from medianest_auth.service import signing
from medianest_auth.service.plex_accounts import plex_token_row, server_token_row
from medianest_common.crypto import Sealer

_AT_ONCE = 100


class Resealing:
    def __init__(self, work: WorkFactory, sealer: Sealer) -> None:
        self._work = work
        self._sealer = sealer

    async def run(self) -> int:
        """Seal anew what an older key sealed; the number of texts. Open PINs are left to expire."""
        return await self._signing_keys() + await self._users()

    async def _signing_keys(self) -> int:
        count = 0
        async with self._work() as work:
            await work.lock("signing keys")
            for key in await work.keys.all():
                if not self._sealer.is_current(key.private_key):
                    key.private_key = self._again(key.private_key, signing.sealed_row(key.kid))
                    count += 1
            if count:
                work.audit.add("sealing.renewed", actor="cli", signing_keys=count)
        return count

    async def _users(self) -> int:
        count, after = 0, None
        while True:
            seen, after = await self._some_users(after)
            if after is None:
                return count
            count += seen

    async def _some_users(self, after: UUID | None) -> tuple[int, UUID | None]:
        """Seal a part's tokens anew; how many, and where the next part begins (None: there is none)."""
        count = 0
        async with self._work() as work:
            users = await work.users.sealed_after(after, _AT_ONCE)
            for user in users:
                count += self._user(user)
            if count:
                work.audit.add("sealing.renewed", actor="cli", tokens=count)
        return count, users[-1].id if users else None

    def _user(self, user: User) -> int:
        count = 0
        if user.plex_token is not None and not self._sealer.is_current(user.plex_token):
            user.plex_token = self._again(user.plex_token, plex_token_row(user))
            count += 1
        if user.server_token is not None and not self._sealer.is_current(user.server_token):
            user.server_token = self._again(user.server_token, server_token_row(user))
            count += 1
        return count

    def _again(self, sealed: str, row: str) -> str:
        return self._sealer.seal(self._sealer.open(sealed, row=row), row=row)
