"""Callers who take their time, begun with the first test and looked at when theirs comes: half a minute is long."""

import asyncio
import time
from types import TracebackType
from typing import Self

from support.person import Person
from support.wire import Said, say

Timed = tuple[Said, float]


class SlowCallers:
    """`head` and `body` are what came of a head, and of a body, that never ended, and after how many seconds."""

    def __init__(self, alice: Person) -> None:
        self._alice = alice

    async def __aenter__(self) -> Self:
        self.head = asyncio.create_task(self._slow_head())
        self.body = asyncio.create_task(self._slow_body())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in (self.head, self.body):
            task.cancel()
        await asyncio.gather(self.head, self.body, return_exceptions=True)

    async def _slow_head(self) -> Timed:
        began = time.monotonic()
        drops = [b"GET / HTTP/1.1\r\n", *[b"X: y\r\n"] * 20]
        return await say(self._alice.gateway, *drops, pause=1.0), time.monotonic() - began

    async def _slow_body(self) -> Timed:
        began = time.monotonic()
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in self._alice.cookies().values())
        head = (
            "POST /api/v1/requests HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Cookie: {cookies}\r\nX-CSRF-Token: {self._alice.cookie('medianest_csrf')}\r\nContent-Length: 100\r\n\r\n"
        )
        drops = [head.encode(), *[b"{"] * 15]
        return await say(self._alice.gateway, *drops, pause=2.0, quiet=8.0), time.monotonic() - began
