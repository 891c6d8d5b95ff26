"""The client for outside systems: deadlines, retries with jitter, a circuit breaker, and our own errors at its border.

Reads are retried, writes never (whether a timed-out write took effect is not known). A 4xx is an answer, not a failure:
it neither retries nor opens the breaker. Redirects are not followed: a redirected POST would arrive as a GET.
"""

import ssl
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx2
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from medianest_common.breaker import Breaker
from medianest_common.errors import (
    MediaNestError,
    UpstreamOpen,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnavailable,
)

DEADLINE_SECONDS = 10.0
_OPEN_AFTER = 5
_OPEN_SECONDS = 30.0
_TRIES = 3
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

IsAnswer = Callable[[httpx2.Response], bool]


@cache
def tls() -> ssl.SSLContext:
    """One for all clients of the process: each would take 50 ms and a megabyte to read the same certificates."""
    return httpx2.create_ssl_context(trust_env=False)


def _below_500(response: httpx2.Response) -> bool:
    return response.status_code < 500


class OutsideClient:
    """One outside system. Its base URL and headers may change while it lives (integrations are settings)."""

    def __init__(
        self,
        service: str,
        *,
        deadline: float = DEADLINE_SECONDS,
        tries: int = _TRIES,
        transport: httpx2.AsyncBaseTransport | None = None,
        is_answer: IsAnswer = _below_500,
        open_after: int = _OPEN_AFTER,
    ) -> None:
        """`is_answer` tells whether the system did its part (a 5xx can be an answer: a title not found).

        `open_after` is the number of failures in a row that open the breaker; a prober, whose job is to ask, raises it.
        """
        self.service = service
        self._tries = tries
        self._is_answer = is_answer
        self._breaker = Breaker(open_after, _OPEN_SECONDS)
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(deadline, connect=min(5.0, deadline)),
            follow_redirects=False,
            limits=httpx2.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=30),
            transport=transport,
            headers={"User-Agent": "MediaNest"},
            trust_env=False,
            verify=tls(),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def request(self, method: str, url: str, **options: Any) -> httpx2.Response:
        """The answer, whatever its status below 500; raises Upstream… when there is none to speak of."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._tries if method in _READS else 1),
            wait=wait_random_exponential(multiplier=0.2, max=2),
            retry=retry_if_exception(_worth_retrying),
            reraise=True,
        )
        return await retrying(self._guarded, method, url, options)

    async def json(self, method: str, url: str, **options: Any) -> Any:
        """The parsed body of a 2xx answer; UpstreamRefused for any other, UpstreamUnavailable for nonsense."""
        response = await self.request(method, url, **options)
        self.expect_success(response)
        try:
            return response.json()
        except ValueError:
            raise UpstreamUnavailable(self.service, f"{self.service} answered with something unreadable.") from None

    def expect_success(self, response: httpx2.Response) -> None:
        if not response.is_success:
            raise UpstreamRefused(
                self.service,
                f"{self.service} refused with status {response.status_code}.",
                upstream_status=response.status_code,
            )

    async def _guarded(self, method: str, url: str, options: dict[str, Any]) -> httpx2.Response:
        if not self._breaker.lets_through():
            sentence = f"{self.service} does not answer; it is asked again shortly."
            raise UpstreamOpen(self.service, sentence, retry_after=max(1.0, self._breaker.wait()))
        try:
            response = await self._once(method, url, options)
        except MediaNestError:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return response

    async def _once(self, method: str, url: str, options: dict[str, Any]) -> httpx2.Response:
        try:
            response = await self._client.request(method, url, **options)
        except httpx2.TimeoutException:
            raise UpstreamTimeout(self.service, f"{self.service} did not answer in time.") from None
        except httpx2.HTTPError as error:
            raise UpstreamUnavailable(
                self.service, f"{self.service} cannot be reached.", cause=type(error).__name__
            ) from None
        if not self._is_answer(response):
            raise UpstreamUnavailable(
                self.service,
                f"{self.service} answered with status {response.status_code}.",
                upstream_status=response.status_code,
            )
        return response


def _worth_retrying(error: BaseException) -> bool:
    return isinstance(error, MediaNestError) and error.retryable and not isinstance(error, UpstreamOpen)
