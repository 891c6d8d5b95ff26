"""Sessions and API tokens that ended a short while ago, as heard from the broker; holds without Redis and auth."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from uuid import UUID

REMEMBER_SECONDS: Final = 900.0  # longer than any access token lives
_MOST: Final = 100_000


class Revocations:
    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._ended: OrderedDict[UUID, float] = OrderedDict()
        self._clock = clock

    def __contains__(self, session_id: UUID) -> bool:
        return session_id in self._ended

    def add(self, session_id: UUID) -> None:
        now = self._clock()
        self._ended[session_id] = now + REMEMBER_SECONDS
        self._ended.move_to_end(session_id)
        while self._ended and (next(iter(self._ended.values())) <= now or len(self._ended) > _MOST):
            self._ended.popitem(last=False)
