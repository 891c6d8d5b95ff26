"""What the gateway itself does about what it hears: ends sockets, forgets tokens, lets kept answers grow old."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final
from uuid import UUID

import orjson

from medianest_gateway.cache import ResponseCache
from medianest_gateway.exchange import Exchange
from medianest_gateway.hub.recheck import Recheck
from medianest_gateway.hub.registry import Hub
from medianest_gateway.revocations import Revocations

# Whose kept answers may say something else after a fact of a domain. What a person may ask for hangs on the health of
# what it goes through, and on their account.
_CHANGES: Final = {
    "requests": ("requests",),
    "status": ("status", "requests"),
    "auth": ("requests", "status"),
}
_NO_CHANGE: Final = ("auth", "session")


class Reactions:
    def __init__(
        self, hub: Hub, revocations: Revocations, exchange: Exchange, cache: ResponseCache, recheck: Recheck
    ) -> None:
        self._hub = hub
        self._revocations = revocations
        self._exchange = exchange
        self._cache = cache
        self._recheck = recheck
        self._running: set[asyncio.Task[None]] = set()

    def session_ended(self, session_id: UUID) -> None:
        """The session, or API token, is dead from now on; its sockets are closed."""
        self._revocations.add(session_id)
        self._exchange.drop(session_id)
        self._hub.close_session(session_id)

    def user_changed(self, payload: bytes) -> None:
        """Somebody's rights may be others; raises ValueError for what cannot be read."""
        user_id = UUID(orjson.loads(payload)["user_id"])
        self._exchange.drop_user(user_id)
        self._start(self._recheck.look_at(self._hub.clients_of(user_id)))

    def fact(self, subject: str) -> None:
        _, _, domain, entity, *_ = subject.split(".")
        if (domain, entity) != _NO_CHANGE:
            for upstream in _CHANGES.get(domain, ()):
                self._start(self._cache.service_changed(upstream))

    def status_changed(self) -> None:
        self._start(self._cache.service_changed("status"))

    async def stop(self) -> None:
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
