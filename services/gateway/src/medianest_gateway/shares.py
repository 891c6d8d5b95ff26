"""How much of a service one caller holds: a slow body, or a file that is taken slowly, keeps a connection to it.

Each caller has a share of a service's connections; who has used it up waits a moment, and is then refused.
"""

import asyncio
from typing import Final

from medianest_gateway.addresses import counted_as
from medianest_gateway.call import Call
from medianest_gateway.errors import RateLimited

_WAIT_SECONDS: Final = 5.0  # a page of posters asks for more at once than a share has places

Key = tuple[str, str]


class _Share:
    __slots__ = ("holders", "places")

    def __init__(self, places: int) -> None:
        self.places = asyncio.Semaphore(places)
        self.holders = 0  # those who wait too


class Shares:
    def __init__(self, most: int) -> None:
        self._most = most
        self._shares: dict[Key, _Share] = {}

    async def take(self, call: Call, upstream: str) -> Key:
        """A place, to be given back by what is returned; RateLimited when this caller has all of theirs in use."""
        key = (upstream, call.user or counted_as(call.address))
        share = self._shares.get(key)
        if share is None:
            share = self._shares[key] = _Share(self._most)
        share.holders += 1
        try:
            if not share.places.locked():
                await share.places.acquire()  # does not wait: a call in a share of its own pays for no timeout
            else:
                async with asyncio.timeout(_WAIT_SECONDS):
                    await share.places.acquire()
        except TimeoutError:
            self._leave(key, share)
            raise RateLimited("Too many of your calls are under way. Wait for some to end.", retry_after=1) from None
        except asyncio.CancelledError:
            self._leave(key, share)
            raise
        return key

    def give_back(self, key: Key) -> None:
        share = self._shares[key]
        share.places.release()
        self._leave(key, share)

    def in_use(self, upstream: str) -> int:
        """How many calls are under way to a service, those that wait for a connection included."""
        return sum(min(share.holders, self._most) for (name, _), share in self._shares.items() if name == upstream)

    def _leave(self, key: Key, share: _Share) -> None:
        share.holders -= 1
        if share.holders == 0:
            del self._shares[key]
