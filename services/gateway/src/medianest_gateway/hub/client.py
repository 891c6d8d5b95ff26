"""One live connection as the hub sees it: what it may hear, and a bounded queue that never makes anybody wait."""

import asyncio
import time
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Final

from medianest_common.contracts.envelope import ADMINS, EVERYBODY
from medianest_common.contracts.permissions import Permission
from medianest_gateway.hub.messages import ADMIN, DOWNLOADS, REQUESTS, SESSION, STATUS, LiveMessage
from medianest_gateway.identity import Identity

QUEUE: Final = 256
_NEEDS: Final = {
    STATUS: Permission.DASHBOARD_READ,
    REQUESTS: Permission.MEDIA_REQUEST,
    DOWNLOADS: Permission.YOUTUBE_DOWNLOAD,
    SESSION: Permission.PROFILE_READ,
    ADMIN: Permission.SYSTEM_MANAGE,
}


class Close(IntEnum):
    """Why the gateway ends a live connection. A client may come back at once after CHANGED and GOING."""

    BAD_MESSAGE = 4400
    ENDED = 4401  # the session is over
    SLOW = 4408
    CHANGED = 4409  # recognize yourself anew: rights are others now, or the token has expired
    GOING = 1012  # the gateway is being restarted


class Client:
    """Messages are offered by the hub and taken by the connection's writer."""

    __slots__ = ("_queue", "_waiter", "closing", "hears", "identity", "limit", "subscribed", "when_closing")

    def __init__(self, identity: Identity, limit: int = QUEUE) -> None:
        self.identity = identity
        self.limit = limit
        self.hears: tuple[str, ...] = (str(identity.caller.user_id), EVERYBODY)
        if identity.caller.is_admin and Permission.SYSTEM_MANAGE in identity.caller.permissions:
            self.hears += (ADMINS,)
        self.subscribed: set[str] = set()
        self.closing: Close | None = None
        self.when_closing: Callable[[], None] | None = None
        self._queue: list[LiveMessage] = []  # short, and a tenth of an empty deque
        self._waiter: asyncio.Future[None] | None = None

    def may_hear(self, topic: str) -> bool:
        needed = _NEEDS.get(topic)
        return needed is not None and needed in self.identity.caller.permissions

    def is_addressed(self, message: LiveMessage) -> bool:
        return not set(self.hears).isdisjoint(message.audience)

    @property
    def is_expired(self) -> bool:
        return self.identity.caller.expires_at <= time.time()

    def offer(self, message: LiveMessage) -> None:
        """Queue a message; a connection that does not keep up is closed."""
        if self.closing is not None:
            return
        if len(self._queue) >= self.limit:
            self.close(Close.SLOW)
            return
        self._queue.append(message)
        self._wake()

    def offer_missed(self, messages: Sequence[LiveMessage]) -> None:
        """Queue what was missed: as much as it is, since it is known already; more only when that was taken."""
        if len(self._queue) > QUEUE:
            self.close(Close.SLOW)
        if self.closing is not None:
            return
        self._queue.extend(messages)
        self.limit = max(self.limit, len(self._queue) + QUEUE)
        self._wake()

    def close(self, why: Close) -> None:
        if self.closing is None:
            self.closing = why
            self._queue.clear()
            self._wake()
            if self.when_closing is not None:
                self.when_closing()

    async def take(self) -> LiveMessage | None:
        """The next message, as soon as there is one; None when the connection is to be closed."""
        while not self._queue:
            if self.closing is not None:
                return None
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._queue.pop(0)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
