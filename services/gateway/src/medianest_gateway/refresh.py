"""Renewing a session on the way: one call to auth however many requests wait, and the new cookies for each of them."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final

from medianest_common.cookies import CookieNames
from medianest_common.errors import UpstreamUnavailable
from medianest_common.tokens import Caller, Verifier
from medianest_gateway.auth_client import AuthClient, caller_of_new
from medianest_gateway.errors import SessionEnded

_KEEP_SECONDS: Final = 10.0  # for requests that left the browser before the new cookies came; auth's grace is 30 s
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Renewed:
    """A fresh access token, whose it is, and the Set-Cookie values that go to the browser."""

    token: str
    caller: Caller
    cookies: tuple[bytes, ...]


class Refresher:
    def __init__(self, auth: AuthClient, verifier: Verifier, names: CookieNames) -> None:
        self._auth = auth
        self._verifier = verifier
        self._names = names
        self._running: dict[bytes, asyncio.Task[Renewed]] = {}

    async def renew(self, refresh_token: str, address: str, agent: str, *, past: int = -1) -> Renewed:
        """New cookies for a refresh token; SessionEnded when it is no good, Upstream… when auth cannot tell.

        `past` is a permission epoch that is over: what was given in it is asked for anew.
        """
        key = hashlib.sha256(refresh_token.encode("latin-1")).digest()
        task = self._task(key, refresh_token, address, agent)
        renewed = await asyncio.shield(task)
        if renewed.caller.epoch <= past:
            self._forget(key, task)
            renewed = await asyncio.shield(self._task(key, refresh_token, address, agent))
        return renewed

    def _task(self, key: bytes, refresh_token: str, address: str, agent: str) -> asyncio.Task[Renewed]:
        """The one call to auth for this token, whoever began it."""
        task = self._running.get(key)
        if task is None:
            if len(self._running) >= _MOST:
                raise UpstreamUnavailable("auth", "Too many sessions are being renewed right now.")
            task = asyncio.create_task(self._ask(refresh_token, address, agent))
            self._running[key] = task
            task.add_done_callback(lambda done: self._forget_later(key, done))
        return task

    async def _ask(self, refresh_token: str, address: str, agent: str) -> Renewed:
        answer = await self._auth.refresh(f"{self._names.refresh}={refresh_token}", address, agent)
        if answer.status != 200:
            raise SessionEnded(answer.cookies)
        token = _value(answer.cookies, self._names.session)
        return Renewed(token, await caller_of_new(self._auth, self._verifier, token), answer.cookies)

    def _forget_later(self, key: bytes, done: asyncio.Task[Renewed]) -> None:
        """A good answer serves latecomers for a while; a failed try is tried again by the next one."""
        failed = done.cancelled() or done.exception() is not None
        asyncio.get_running_loop().call_later(0 if failed else _KEEP_SECONDS, self._forget, key, done)

    def _forget(self, key: bytes, task: asyncio.Task[Renewed]) -> None:
        if self._running.get(key) is task:
            del self._running[key]


def _value(cookies: tuple[bytes, ...], name: str) -> str:
    start = f"{name}=".encode()
    for cookie in cookies:
        if cookie.startswith(start):
            return cookie[len(start) :].partition(b";")[0].strip(b'"').decode("latin-1")
    raise UpstreamUnavailable("auth", "The auth service gave no session.")
