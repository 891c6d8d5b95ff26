"""Answers of outside systems: fresh for a moment in memory, the last good ones kept for when they are away."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from medianest_common.clock import Clock
from medianest_common.errors import Upstream
from medianest_requests.metrics import kept_answers_served
from medianest_requests.repository.answers import AnswerStore

_log = structlog.get_logger(__name__)

T = TypeVar("T")

EVERYBODY = UUID(int=0)
_PATIENCE_AFTER_FAILURE = timedelta(seconds=10)
_MOST_IN_MEMORY = 500

Key = tuple[UUID, str]


@dataclass(frozen=True)
class Answer(Generic[T]):
    """`as_of`: when it was said. `stale`: that it could not be asked for now."""

    value: T
    as_of: datetime
    stale: bool = False


class Keeper(Generic[T]):
    """Asks once however many wait for the same, and serves the last good answer when there is no new one."""

    def __init__(
        self, kind: type[T], store: AnswerStore, clock: Clock, *, fresh_for: timedelta, good_for: timedelta
    ) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)
        self._store = store
        self._clock = clock
        self._fresh_for = fresh_for
        self._good_for = good_for
        self._known: OrderedDict[Key, Answer[T]] = OrderedDict()
        self._failed: OrderedDict[Key, tuple[datetime, Upstream]] = OrderedDict()
        self._asking: dict[Key, asyncio.Task[Answer[T]]] = {}

    async def get(self, key: str, ask: Callable[[], Awaitable[T]], *, scope: UUID = EVERYBODY) -> Answer[T]:
        """The answer; the asked system's Upstream error only when nothing good was ever kept."""
        place = (scope, key)
        known = self._known.get(place)
        if known is not None and not known.stale and self._clock() - known.as_of < self._fresh_for:
            self._known.move_to_end(place)
            return known
        task = self._asking.get(place)
        if task is None:
            task = asyncio.create_task(self._ask(place, ask))
            self._asking[place] = task
            task.add_done_callback(lambda _: self._asking.pop(place, None))
        return await asyncio.shield(task)

    def forget(self, key: str, scope: UUID = EVERYBODY) -> None:
        """Ask anew next time; the last good answer stays for bad times."""
        self._known.pop((scope, key), None)

    def forget_scope(self, scope: UUID) -> None:
        for place in [place for place in self._known if place[0] == scope]:
            del self._known[place]

    async def _ask(self, place: Key, ask: Callable[[], Awaitable[T]]) -> Answer[T]:
        failed = self._failed.get(place)
        if failed is not None and self._clock() - failed[0] < _PATIENCE_AFTER_FAILURE:
            return await self._last_good(place, failed[1])
        try:
            answer = Answer(await ask(), self._clock())
        except Upstream as error:
            _put(self._failed, place, (self._clock(), error))
            return await self._last_good(place, error)
        self._failed.pop(place, None)
        _put(self._known, place, answer)
        await self._write(place, answer)
        return answer

    async def _last_good(self, place: Key, error: Upstream) -> Answer[T]:
        known = self._known.get(place) or await self._read(place)
        if known is None or self._clock() - known.as_of > self._good_for:
            raise error
        kept_answers_served.inc()
        _put(self._known, place, replace(known, stale=True))
        return self._known[place]

    async def _write(self, place: Key, answer: Answer[T]) -> None:
        """Keeping is for bad times; that it failed is no reason to refuse the good answer."""
        try:
            await self._store.put(place[0], place[1], self._adapter.dump_json(answer.value), answer.as_of)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            _log.warning("answer_not_kept", error=type(error).__name__)

    async def _read(self, place: Key) -> Answer[T] | None:
        found = await self._store.get(*place)
        if found is None:
            return None
        try:
            return Answer(self._adapter.validate_json(found[0]), found[1])
        except ValidationError:  # kept by an older version of ours
            return None


def _put(known: OrderedDict[Key, Any], place: Key, value: Any) -> None:
    known[place] = value
    known.move_to_end(place)
    while len(known) > _MOST_IN_MEMORY:
        known.popitem(last=False)
