"""A breaker: what did not answer several times in a row is not asked for a while, then by one call first."""

import time
from collections.abc import Callable


class Breaker:
    """A failure is no answer at all: refused, lost or late. What counts as one is for its owner to say."""

    __slots__ = ("_clock", "_failures", "_open_after", "_open_seconds", "_open_until")

    def __init__(self, open_after: int, open_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._open_after = open_after
        self._open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    def lets_through(self) -> bool:
        """Whether to ask now; while it is open, one call each `open_seconds` finds out."""
        if not self.is_open:
            return True
        now = self._clock()
        if now < self._open_until:
            return False
        self._open_until = now + self._open_seconds
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
        if self.is_open:
            self._open_until = self._clock() + self._open_seconds

    @property
    def is_open(self) -> bool:
        return self._failures >= self._open_after
