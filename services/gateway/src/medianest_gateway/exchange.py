"""API tokens: exchanged at auth for an access token, which is kept for a minute at most and dropped on revocation."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from medianest_common.errors import Unauthenticated
from medianest_common.tokens import Caller, Verifier
from medianest_gateway.auth_client import AuthClient, caller_of_new

_KEEP_SECONDS: Final = 60.0
_KEEP_REFUSED_SECONDS: Final = 5.0
_MOST: Final = 5_000
_LONGEST: Final = 512


@dataclass(slots=True)
class _Known:
    until: float
    token: str = ""
    caller: Caller | None = None  # None: auth refused it

    def is_of(self, past: int) -> bool:
        return self.caller is not None and self.caller.epoch <= past


class Exchange:
    def __init__(self, auth: AuthClient, verifier: Verifier) -> None:
        self._auth = auth
        self._verifier = verifier
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._running: dict[bytes, asyncio.Task[_Known]] = {}

    async def caller(self, api_token: str, *, past: int = -1) -> tuple[Caller, str]:
        """Whose token it is, and the access token for it; Unauthenticated, or Upstream… when auth cannot tell.

        `past` is a permission epoch that is over: what was given in it is asked for anew.
        """
        if not 16 <= len(api_token) <= _LONGEST or not api_token.isascii():
            raise Unauthenticated("This API token is not valid.")
        key = _key(api_token)
        known = self._known.get(key)
        if known is None or known.is_of(past) or known.until <= time.monotonic():
            known = await self._ask(key, api_token)
            if known.is_of(past):  # it was under way when the rights changed
                known = await self._ask(key, api_token)
        if known.caller is None:
            raise Unauthenticated("This API token is not valid, or not any more.")
        return known.caller, known.token

    def knows(self, api_token: str) -> bool:
        """Whether `caller` answers without asking auth."""
        known = self._known.get(_key(api_token))
        return known is not None and known.until > time.monotonic()

    def drop(self, token_id: UUID) -> None:
        """Forget what was exchanged for a revoked token."""
        dead = [key for key, known in self._known.items() if known.caller and known.caller.session_id == token_id]
        for key in dead:
            del self._known[key]

    def drop_user(self, user_id: UUID) -> None:
        """Forget what was exchanged for a user whose rights are others now."""
        dead = [key for key, known in self._known.items() if known.caller and known.caller.user_id == user_id]
        for key in dead:
            del self._known[key]

    async def _ask(self, key: bytes, api_token: str) -> _Known:
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._exchange(key, api_token))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def _exchange(self, key: bytes, api_token: str) -> _Known:
        try:
            token = await self._auth.exchange(api_token)
            caller = await caller_of_new(self._auth, self._verifier, token)
            known = _Known(time.monotonic() + _KEEP_SECONDS, token, caller)
        except Unauthenticated:
            known = _Known(time.monotonic() + _KEEP_REFUSED_SECONDS)
        self._known[key] = known
        self._known.move_to_end(key)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return known


def _key(api_token: str) -> bytes:
    return hashlib.sha256(api_token.encode("utf-8", "surrogateescape")).digest()
