"""How often an address may be wrong about a secret: each wrong refresh or API token is a question to auth.

Only wrong ones count, so whoever is signed in is never refused for what others behind the same address do rightly.
Counted in this process alone: it is the way from here to auth that is kept free.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from medianest_gateway.addresses import counted_as
from medianest_gateway.errors import RateLimited

MOST_WRONG: Final = 60
_SECONDS: Final = 60.0
_MOST_ADDRESSES: Final = 10_000


class Guesses:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._clock = clock

    def check(self, address: str) -> None:
        """Raise RateLimited when this address has been wrong too often in the last minute."""
        times = self._wrong.get(counted_as(address))
        if times is not None and len(times) == MOST_WRONG and (wait := times[0] + _SECONDS - self._clock()) > 0:
            raise RateLimited("Too many tokens from your address were not valid. Wait a little.", retry_after=wait)

    def was_wrong(self, address: str) -> None:
        key = counted_as(address)
        self._wrong.setdefault(key, deque(maxlen=MOST_WRONG)).append(self._clock())
        self._wrong.move_to_end(key)
        if len(self._wrong) > _MOST_ADDRESSES:
            self._wrong.popitem(last=False)
