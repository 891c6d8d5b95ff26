"""Users and integrations as other services publish them, held in memory and followed as they change."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from uuid import UUID

import structlog

from medianest_common.contracts.auth import UserState, UserStatus
from medianest_common.contracts.envelope import State
from medianest_common.contracts.status import IntegrationKind, IntegrationSettings
from medianest_common.crypto import SealBroken, Sealer
from medianest_common.watch import Entry, is_deleted
from medianest_requests.domain.connections import Connection
from medianest_requests.errors import NotConfigured

_log = structlog.get_logger(__name__)

READER = "requests"

StateT = TypeVar("StateT", bound=State)


class Kept(Generic[StateT]):
    """One bucket's values by key; a lower version than known is dropped, what cannot be read is left out."""

    def __init__(self, kind: type[StateT], heard: Callable[[StateT], Awaitable[None]] | None = None) -> None:
        self._kind = kind
        self._heard = heard
        self.values: dict[str, StateT] = {}

    async def snapshot(self, entries: dict[str, Entry]) -> None:
        read = {key: state for key, entry in entries.items() if (state := self._read(entry)) is not None}
        self.values = read
        for state in read.values():
            await self._tell(state)

    async def change(self, entry: Entry) -> None:
        if is_deleted(entry):
            self.values.pop(entry.key, None)
            return
        state, known = self._read(entry), self.values.get(entry.key)
        if state is not None and (known is None or state.version >= known.version):
            self.values[entry.key] = state
            await self._tell(state)

    async def _tell(self, state: StateT) -> None:
        if self._heard is not None:
            await self._heard(state)

    def _read(self, entry: Entry) -> StateT | None:
        try:
            return self._kind.model_validate_json(entry.value or b"")
        except ValueError:
            _log.warning("kept_state_not_readable", key=entry.key, kind=self._kind.__name__)
            return None


class Directory:
    """`erased` is told of every user that is gone; it must be quick and may be told again."""

    def __init__(self, sealer: Sealer, erased: Callable[[UserState], Awaitable[None]] | None = None) -> None:
        self._sealer = sealer
        self._erased = erased
        self.users = Kept(UserState, self._user_heard)
        self.integrations = Kept(IntegrationSettings)

    async def _user_heard(self, user: UserState) -> None:
        if user.status is UserStatus.ERASED and self._erased is not None:
            await self._erased(user)

    def user(self, user_id: UUID) -> UserState | None:
        return self.users.values.get(str(user_id))

    def users_by_plex_id(self) -> dict[str, UUID]:
        """Everybody who can still ask for things, by their Plex account."""
        return {
            user.plex_id: user.user_id
            for user in self.users.values.values()
            if user.plex_id and user.status is not UserStatus.ERASED
        }

    def overseerr(self) -> Connection:
        """How Overseerr is reached; NotConfigured when the owner has not said."""
        return self._connection(IntegrationKind.OVERSEERR, "Overseerr")

    def plex(self) -> Connection:
        """How the Plex server is reached, with its owner's token; NotConfigured when the owner has not said."""
        return self._connection(IntegrationKind.PLEX, "Plex")

    def _connection(self, kind: IntegrationKind, name: str) -> Connection:
        settings = self.integrations.values.get(kind.value)
        if settings is None or not settings.enabled:
            raise NotConfigured(name, f"{name} is not set up yet. The owner can do that under Integrations.")
        sealed = settings.sealed.get(READER)
        try:
            secret = self._sealer.open(sealed or "", row=f"integration:{settings.integration_id}:{READER}")
        except SealBroken:
            raise NotConfigured(name, f"The key for {name} cannot be read. The owner can set it anew.") from None
        return Connection(settings.url.rstrip("/"), secret)
