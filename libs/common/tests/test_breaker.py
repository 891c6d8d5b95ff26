"""The breaker: closed, open, and asked by one call first."""

import httpx2
import pytest

from medianest_common.breaker import Breaker
from medianest_common.errors import UpstreamOpen, UpstreamRefused, UpstreamUnavailable
from medianest_common.http import OutsideClient


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(3, 30.0, clock)
    for _ in range(3):
        assert breaker.lets_through()
        breaker.failed()
    return breaker


class TestBreaker:
    def test_failures_in_a_row_open_it_and_say_for_how_long(self) -> None:
        clock = Clock()
        breaker = opened(clock)
        clock.now += 10
        assert not breaker.lets_through()
        assert breaker.wait() == 20.0

    def test_an_answer_between_failures_keeps_it_closed(self) -> None:
        breaker = Breaker(2, 30.0)
        for _ in range(5):
            breaker.failed()
            breaker.succeeded()
        assert breaker.lets_through()

    def test_after_the_pause_one_call_finds_out_for_all(self) -> None:
        clock = Clock()
        breaker = opened(clock)
        clock.now += 30
        assert [breaker.lets_through() for _ in range(3)] == [True, False, False]
        assert breaker.succeeded()
        assert breaker.lets_through()

    def test_a_failure_after_the_pause_opens_it_again(self) -> None:
        clock = Clock()
        breaker = opened(clock)
        clock.now += 30
        assert breaker.lets_through()
        breaker.failed()
        assert breaker.wait() == 30.0


class TestOutsideClient:
    async def test_it_stops_asking_what_fails_and_says_when_it_asks_again(self) -> None:
        asked: list[str] = []

        def answer(request: httpx2.Request) -> httpx2.Response:
            asked.append(request.url.path)
            return httpx2.Response(503)

        client = OutsideClient("Plex", transport=httpx2.MockTransport(answer), tries=1)
        for _ in range(5):
            with pytest.raises(UpstreamUnavailable):
                await client.request("GET", "http://plex.test/library")
        with pytest.raises(UpstreamOpen) as refused:
            await client.request("GET", "http://plex.test/library")
        assert len(asked) == 5
        assert refused.value.retry_after is not None
        assert 1 <= refused.value.retry_after <= 30

    async def test_a_refusal_is_an_answer(self) -> None:
        client = OutsideClient("Plex", transport=httpx2.MockTransport(lambda _: httpx2.Response(404)), tries=1)
        for _ in range(8):
            with pytest.raises(UpstreamRefused):
                await client.json("GET", "http://plex.test/library")
