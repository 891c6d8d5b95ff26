"""What runs beside the requests: the cache repaired, keys loaded and tended, old rows dropped, states put back."""

from datetime import timedelta
from uuid import UUID

from medianest_auth.clients.session_cache import SessionCache
from medianest_auth.repository import WorkFactory
from medianest_auth.service.sessions import Sessions
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import UserState
from medianest_common.watch import Entry, is_deleted

_REMEMBERED = timedelta(minutes=20)  # longer than any access token lives
_KEEP_REVOKED = timedelta(days=1)
_AT_ONCE = 200


class Upkeep:
    def __init__(self, work: WorkFactory, sessions: Sessions, cache: SessionCache, clock: Clock = utc_now) -> None:
        self._work = work
        self._sessions = sessions
        self._cache = cache
        self._clock = clock

    async def repair_cache(self) -> None:
        """Write every standing that changed lately once more: a write may have failed, or its process been killed."""
        await self._cache.write(await self._sessions.changed_within(_REMEMBERED))

    async def prune(self) -> None:
        """Drop what is over: refresh and API tokens, sessions, sign-ins with their addresses, counted passwords."""
        now = self._clock()
        async with self._work() as work:
            await work.sessions.prune(now, _KEEP_REVOKED)
            await work.api_tokens.prune(now - _KEEP_REVOKED)
            await work.attempts.prune(now - timedelta(hours=1))
            await work.local.prune(now - timedelta(days=1))

    async def restore_states(self, entries: dict[str, Entry]) -> None:
        """Put users' states into the bucket that are missing there or older than the table's."""
        known = {}
        for entry in entries.values():
            if not is_deleted(entry) and entry.value:
                state = UserState.model_validate_json(entry.value)
                known[state.user_id] = state.version
        async with self._work() as work:
            versions = await work.users.versions()
        missing = [user_id for user_id, version in versions.items() if known.get(user_id, -1) < version]
        for start in range(0, len(missing), _AT_ONCE):
            await self._put(missing[start : start + _AT_ONCE])

    async def _put(self, user_ids: list[UUID]) -> None:
        async with self._work() as work:
            for user_id in user_ids:
                user = await work.users.find(user_id, lock=True)
                if user is not None:
                    work.keep(user)
