"""The last events, for whoever was away for a moment."""

from bisect import bisect_right
from collections import deque
from typing import Final

from medianest_gateway.hub.messages import LiveMessage

KEEP: Final = 10_000


class EventBuffer:
    """Every event after `floor` up to `last` that clients may see; sequences of the event stream."""

    def __init__(self, keep: int = KEEP) -> None:
        self._messages: deque[LiveMessage] = deque()
        self._keep = keep
        self.floor = 0
        self.last = 0

    def begin(self, floor: int) -> None:
        """Start anew: nothing up to `floor` is known."""
        self._messages.clear()
        self.floor = floor
        self.last = floor

    def add(self, sequence: int, message: LiveMessage | None) -> None:
        """Take the next event; None for one that no client sees. What was taken already is passed over."""
        if sequence <= self.last:
            return
        self.last = sequence
        if message is None:
            return
        self._messages.append(message)
        if len(self._messages) > self._keep:
            dropped = self._messages.popleft()
            self.floor = dropped.id or self.floor

    def since(self, sequence: int) -> list[LiveMessage] | None:
        """What came after a sequence; None when part of it is not known here any more, or not yet."""
        if not self.floor <= sequence <= self.last:
            return None
        first = bisect_right(self._messages, sequence, key=lambda message: message.id or 0)
        return [self._messages[at] for at in range(first, len(self._messages))]
