"""Asking an outside system once, with a deadline for the whole answer, and telling in words why there was none."""

import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx2

from medianest_common.errors import Upstream, UpstreamTimeout
from medianest_common.http import OutsideClient
from medianest_status.clients.guard import GuardedTransport


@dataclass(frozen=True)
class Answer:
    status: int
    response_ms: int
    text: str
    data: Any
    """The parsed body, or None when it is no JSON."""


class NoAnswer(Exception):
    """`detail` says what happened, `fix` what to look at."""

    def __init__(self, detail: str, fix: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fix = fix


_CAUSES = {
    "NameUnknown": ("The name of the machine is not known.", "Check the spelling, or use the machine's number."),
    "AddressRefused": ("This address is not asked.", "Use the address in your own network, or a public one."),
    "CertificateRefused": (
        "The certificate is not trusted.",
        "Use the name the certificate is made for, or http:// inside your own network.",
    ),
    "ConnectError": ("Nothing listens at this address.", "Is it running, and is the port right?"),
    "AnswerTooLarge": ("The answer was too large.", "Something else may be running at this address."),
}
_BROKEN = ("The connection broke off.", "Look into its log, and at a proxy in between.")


class Asker:
    """One outside system. No breaker and no second try: the prober decides when to ask again."""

    def __init__(
        self, name: str, *, deadline: float, slow_after_ms: int, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self.slow_after_ms = slow_after_ms
        self._deadline = deadline
        self._client = OutsideClient(
            name,
            deadline=deadline,
            tries=1,
            transport=transport or GuardedTransport(),
            is_answer=lambda response: True,
            open_after=sys.maxsize,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer, whatever its status; raises NoAnswer when none came in time."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._client.request("GET", url, headers=headers)
        except (TimeoutError, UpstreamTimeout):
            raise NoAnswer(
                f"No answer within {self._deadline:g} seconds.", "Is the machine on and reachable from here?"
            ) from None
        except Upstream as error:
            raise NoAnswer(*_CAUSES.get(error.extra.get("cause", ""), _BROKEN)) from None
        return _answer(response, round((time.perf_counter() - started) * 1000))


def _answer(response: httpx2.Response, took: int) -> Answer:
    try:
        data = response.json()
    except ValueError:
        data = None
    return Answer(response.status_code, took, response.text, data)
