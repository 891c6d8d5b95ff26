"""Sealing everything at rest under the newest key, while the service serves."""

from uuid import UUID

from medianest_auth.models import User
from medianest_auth.repository import WorkFactory
from medianest_auth.service import signing
from medianest_auth.service.plex_accounts import plex_token_row, server_token_row
from medianest_common.crypto import SealBroken, Sealer

_AT_ONCE = 100


class Resealing:
    def __init__(self, work: WorkFactory, sealer: Sealer) -> None:
        self._work = work
        self._sealer = sealer
        self.unopened = 0

    async def run(self) -> int:
        """Seal anew what an older key sealed; the number of texts. Open PINs are left to expire.

        What no key opens is left as it is, and counted in `unopened`: perhaps one was forgotten in the settings.
        """
        return await self._signing_keys() + await self._users()

    async def _signing_keys(self) -> int:
        count = 0
        async with self._work() as work:
            await work.lock("signing keys")
            for key in await work.keys.all():
                if (again := self._again(key.private_key, signing.sealed_row(key.kid))) is not None:
                    key.private_key = again
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
        plex = self._again(user.plex_token, plex_token_row(user))
        server = self._again(user.server_token, server_token_row(user))
        user.plex_token, user.server_token = plex or user.plex_token, server or user.server_token
        return (plex is not None) + (server is not None)

    def _again(self, sealed: str | None, row: str) -> str | None:
        """The text under the newest key; None where there is nothing to do, or nothing that can be done."""
        if sealed is None or self._sealer.is_current(sealed):
            return None
        try:
            return self._sealer.seal(self._sealer.open(sealed, row=row), row=row)
        except SealBroken:
            self.unopened += 1
            return None
