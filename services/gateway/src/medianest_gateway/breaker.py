"""A breaker per service: after five failures in a row it is not asked for a while, then by one call first."""

import time
from collections.abc import Callable
from typing import Final

OPEN_AFTER: Final = 5
OPEN_SECONDS: Final = 5.0


class Breaker:
    """A failure is no answer at all: refused, lost or late. Whatever a service answers, it is there."""

    __slots__ = ("_clock", "_failures", "_open_until")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    def lets_through(self) -> bool:
        """Whether to ask now; while it is open, one call each `OPEN_SECONDS` finds out."""
        if self._failures < OPEN_AFTER:
            return True
        now = self._clock()
        if now < self._open_until:
            return False
        self._open_until = now + OPEN_SECONDS
        return True

    def wait(self) -> float:
        """Seconds until it is tried again."""
        return max(0.0, self._open_until - self._clock())

    def succeeded(self) -> bool:
        """Count an answer; whether the breaker was open until now."""
        was_open = self.is_open
        self._failures = 0
        return was_open

    def failed(self) -> None:
        self._failures += 1
        if self._failures >= OPEN_AFTER:
            self._open_until = self._clock() + OPEN_SECONDS

    @property
    def is_open(self) -> bool:
        return self._failures >= OPEN_AFTER
