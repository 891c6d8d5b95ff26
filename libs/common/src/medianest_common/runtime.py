"""What every service with a database stands on, started and stopped together.

Engine, unit-of-work parts, broker with its durables, outbox relay, watched buckets, verification keys and background
tasks. A service's `app.py` builds one, adds what is its own, and runs `start()` and `stop()` in its lifespan.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from medianest_common import consuming, inbox
from medianest_common.contracts.auth import KeySet
from medianest_common.contracts.streams import JWKS, BucketSpec, DurableSpec
from medianest_common.db import UnitOfWork, create_engine, session_maker
from medianest_common.dead_letters import DeadLetters
from medianest_common.health import Check, database_check
from medianest_common.logging import configure_logging
from medianest_common.messaging import publish_live
from medianest_common.outbox import Outbox, Relay
from medianest_common.settings import RuntimeSettings
from medianest_common.supervise import Background, every
from medianest_common.telemetry import configure_telemetry
from medianest_common.tokens import Caller, Verifier
from medianest_common.watch import BucketWatcher, Entry, OnChange, OnSnapshot, is_deleted

_log = structlog.get_logger(__name__)

_DAY = 86_400.0
_COUNT_SECONDS = 30.0
_PATIENCE = 30.0  # for the broker and a first set of each bucket at start


class Runtime:
    def __init__(self, settings: RuntimeSettings, outbox: Table) -> None:
        configure_logging(settings.service, level=settings.log_level, fmt=settings.log_format)
        self.settings = settings
        self.tracer = configure_telemetry(settings.service, settings.otlp_endpoint)
        self.engine: AsyncEngine = create_engine(settings, application=settings.service)
        self.sessions = session_maker(self.engine)
        self.wake = asyncio.Event()
        self.verifier = Verifier()
        self.background = Background()
        self.broker: NatsBroker = consuming.build_broker(settings, self.tracer, [self._reconnected])
        self.client: Client
        self._closing: list[Callable[..., Awaitable[None]]] = [self.broker.stop]
        self.dead_letters = DeadLetters(lambda: self.client)
        self._outbox = outbox
        self._relay_engine = create_engine(settings, application=f"{settings.service}-relay", pool_size=2)
        self._durables: list[DurableSpec] = []
        self._buckets: list[tuple[BucketSpec, OnSnapshot, OnChange]] = []
        self._watchers: list[BucketWatcher] = []

    def new_outbox(self) -> Outbox:
        return Outbox(self._outbox, self.settings.service)

    def durable(
        self, spec: DurableSpec, *, max_workers: int = 1, manual: bool = False
    ) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
        """Decorate the handler of one durable consumer; before `start`."""
        self._durables.append(spec)
        subscribe = consuming.durable(self.broker, self.settings, spec, max_workers=max_workers, manual=manual)

        def register(handler: Callable[..., Awaitable[Any]]) -> Any:
            self.dead_letters.take(spec.dead_letters, consuming.again(handler))
            return subscribe(handler)

        return register

    def watch(self, bucket: BucketSpec, on_snapshot: OnSnapshot, on_change: OnChange) -> None:
        """Follow a bucket; before `start`, which waits for the first complete set."""
        self._buckets.append((bucket, on_snapshot, on_change))

    def watch_keys(self) -> None:
        """Keep the verifier's keys as the auth service publishes them."""
        self.watch(JWKS, self._keys_snapshot, self._key_changed)

    async def note_action(self, caller: Caller, action: str, target: str) -> None:
        """Tell the audit log what an administrator does outside this service's own tables."""
        async with UnitOfWork(self.sessions, self.new_outbox, self.wake) as work:
            work.note_action(caller, action, target)

    async def live(self, message: Any) -> None:
        await publish_live(self.client, message)

    async def start(self) -> None:
        """Connect, check what was provisioned, start consuming; raises with the name of what is missing."""
        self.client = await asyncio.wait_for(self.broker.connect(), _PATIENCE)
        self._closing.append(self.client.close)
        await self._expect_durables()
        for bucket, on_snapshot, on_change in self._buckets:
            watcher = BucketWatcher(self.client, bucket, on_snapshot, on_change)
            self._watchers.append(watcher)
            self.background.start(f"watch {bucket.name}", watcher.run)
        for watcher in self._watchers:
            await asyncio.wait_for(watcher.ready.wait(), _PATIENCE)
        relay = Relay(self._relay_engine, self.client, self.wake)
        self.background.start("relay", relay.run)
        self.background.start("prune inbox", lambda: every(_DAY, lambda: inbox.prune(self._relay_engine)))
        self.background.start("count dead letters", lambda: every(_COUNT_SECONDS, self.dead_letters.look))
        await self.broker.start()

    async def stop(self) -> None:
        await self.background.stop()
        for closing in self._closing:  # a broker that went first fails one, or both
            with suppress(NatsError, OSError):
                await asyncio.wait_for(closing(), 15)
        await self.engine.dispose()
        await self._relay_engine.dispose()
        self.tracer.shutdown()

    def checks(self) -> dict[str, Check]:
        return {"database": database_check(self.engine), "broker": self._broker_check, "keys": self._keys_check}

    async def _broker_check(self) -> None:
        if not self.client.is_connected:
            raise ConnectionError
        stream = self._durables[0].stream if self._durables else None
        if stream is not None:
            await self.client.jetstream(timeout=2).consumer_info(stream.name, self._durables[0].name)

    async def _keys_check(self) -> None:
        if not self.verifier.ready:
            raise LookupError

    async def _expect_durables(self) -> None:
        stream = self.client.jetstream(timeout=5)
        for spec in self._durables:
            try:
                await stream.consumer_info(spec.stream.name, spec.name)
            except (NotFoundError, TimeoutError) as error:
                raise RuntimeError(
                    f"The consumer {spec.name} is not there. Run `python -m medianest_common.provision` first."
                ) from error

    async def _reconnected(self) -> None:
        _log.info("broker_connection_back")
        self.wake.set()
        for watcher in self._watchers:
            await watcher.reconnected()

    async def _keys_snapshot(self, entries: dict[str, Entry]) -> None:
        for entry in entries.values():
            await self._key_changed(entry)

    async def _key_changed(self, entry: Entry) -> None:
        if not is_deleted(entry) and entry.value:
            self.verifier.use_keys(KeySet.model_validate_json(entry.value).keys)
