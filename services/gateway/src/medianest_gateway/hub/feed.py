"""Following the event stream in order, from where it was left, made anew at once after every reconnect.

The client library's own ordered consumer notices a restarted server only after two missed heartbeats, up to 20 s.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy

from medianest_common.contracts.streams import EVENTS

_log = structlog.get_logger(__name__)

_AGAIN_SECONDS: Final = 0.2

OnEvent = Callable[[Msg, int], None]
Start = Callable[[], Awaitable[ConsumerConfig]]


class Feed:
    """Run `run()` as a task; call `reconnected()` from the connection's callback.

    `start` says where to begin, each time anew. `on_event` gets every message with its sequence; it must not raise.
    """

    def __init__(self, client: Client, subject: str, start: Start, on_event: OnEvent) -> None:
        self._client = client
        self._subject = subject
        self._start = start
        self._on_event = on_event
        self._again = asyncio.Event()

    def reconnected(self) -> None:
        self._again.set()

    async def run(self) -> None:
        while True:
            try:
                self._again.clear()
                await self._follow()
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                _log.warning("event_feed_interrupted", subject=self._subject, error=repr(error)[:200])
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _follow(self) -> None:
        config = await self._start()
        stream = self._client.jetstream(timeout=5)
        subscription = await stream.subscribe(
            self._subject,
            stream=EVENTS.name,
            cb=self._hear,
            ordered_consumer=True,
            config=config,
            inactive_threshold=30,
        )
        try:
            await self._again.wait()
        finally:
            await _drop(subscription.unsubscribe())

    async def _hear(self, message: Msg) -> None:
        self._on_event(message, message.metadata.sequence.stream)


async def _drop(unsubscribing: Awaitable[None]) -> None:
    try:
        await unsubscribing
    except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
        _log.debug("event_feed_not_unsubscribed", error=repr(error)[:200])


def from_sequence(sequence: int) -> ConsumerConfig:
    return ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=max(1, sequence))


def from_time(ago: timedelta) -> ConsumerConfig:
    return ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_TIME, opt_start_time=datetime.now(UTC) - ago)
