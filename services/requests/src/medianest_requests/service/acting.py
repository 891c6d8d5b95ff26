"""As whom we act in Overseerr: as the very person who asked, found by their Plex account."""

from collections import OrderedDict
from datetime import datetime, timedelta
from uuid import UUID

from medianest_common.clock import Clock
from medianest_common.contracts.permissions import Role
from medianest_common.errors import MediaNestError, UpstreamRefused
from medianest_requests.clients.overseerr import OverseerrClient
from medianest_requests.errors import TitleUnavailable
from medianest_requests.service.directory import Directory

_REMEMBERED = timedelta(minutes=10)
_MOST_REMEMBERED = 1000
OWNER = 1  # Overseerr's own number of its owner, as whom a bare API key acts


class CannotAct(MediaNestError):
    """Nobody in Overseerr stands for this user; says what to do about it."""

    code = "NOT_KNOWN_IN_OVERSEERR"
    title = "Not known in Overseerr"
    status = 409

    def __init__(self, detail: str, *, lasting: bool = False) -> None:
        """`lasting`: somebody has to do something before it can work."""
        super().__init__(detail)
        self.lasting = lasting


class Acting:
    def __init__(self, overseerr: OverseerrClient, directory: Directory, clock: Clock) -> None:
        self._overseerr = overseerr
        self._directory = directory
        self._clock = clock
        self._known: OrderedDict[UUID, tuple[int, datetime]] = OrderedDict()

    async def user_for(self, user_id: UUID) -> int | None:
        """Overseerr's number of the user, imported there if need be; None: act as the owner. Raises CannotAct."""
        user = self._directory.user(user_id)
        if user is None or user.plex_id is None:
            if user is not None and user.role is Role.ADMIN:
                return None
            raise CannotAct(
                "Your account is not linked with Plex, so Overseerr does not know you. Link it, then try again.",
                lasting=user is not None,
            )
        known = self._known.get(user_id)
        if known is not None and self._clock() - known[1] < _REMEMBERED:
            return known[0]
        number = await self._overseerr.user_of(user.plex_id)
        if number is None:
            number = await self._import(user.plex_id)
        self._known[user_id] = number, self._clock()
        if len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)
        return number

    def forget(self, user_id: UUID) -> None:
        """Look for the user anew next time."""
        self._known.pop(user_id, None)

    async def _import(self, plex_id: str) -> int:
        try:
            await self._overseerr.import_user(plex_id)
        except TitleUnavailable as error:  # its 500: plex.tv did not tell it about the account
            raise CannotAct("Overseerr could not import your Plex account just now.") from error
        except UpstreamRefused as error:
            raise CannotAct(
                "Overseerr does not let us import your Plex account. Its owner can do that.", lasting=True
            ) from error
        number = await self._overseerr.user_of(plex_id)
        if number is None:
            raise CannotAct("Overseerr does not know your Plex account: the server may not be shared with you.")
        return number
