"""What the gateway hears from the broker: events in order, revocations first of all, health, passing signs, keys.

The gateway starts and serves without a broker; this connects when it is there, and catches up.
"""

import asyncio
from datetime import timedelta
from typing import Final

import nats.errors
import structlog
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig
from pydantic import ValidationError

from medianest_common.contracts.auth import KeySet, SessionRevoked, UserChanged, UserDeleted
from medianest_common.contracts.downloads import ItemProgress, WorkerSlots
from medianest_common.contracts.status import Heartbeat
from medianest_common.contracts.streams import EVENTS, JWKS, STATUS_CURRENT
from medianest_common.messaging import connect
from medianest_common.tokens import Verifier
from medianest_common.watch import BucketWatcher, Entry, is_deleted
from medianest_gateway.hub.buffer import KEEP
from medianest_gateway.hub.feed import Feed, from_sequence, from_time
from medianest_gateway.hub.messages import from_event, from_live
from medianest_gateway.hub.reactions import Reactions
from medianest_gateway.hub.registry import Hub
from medianest_gateway.metrics import bad_messages
from medianest_gateway.revocations import REMEMBER_SECONDS
from medianest_gateway.settings import Settings

_log = structlog.get_logger(__name__)

_CONNECT_AGAIN_SECONDS: Final = 1.0
_ALL_EVENTS: Final = EVENTS.subjects[0]
_LIVE: Final = (ItemProgress, WorkerSlots, Heartbeat)


class Broker:
    """Run `run()` as a background task."""

    def __init__(self, settings: Settings, hub: Hub, verifier: Verifier, reactions: Reactions) -> None:
        self._settings = settings
        self._hub = hub
        self._verifier = verifier
        self._reactions = reactions
        self._nats: Nats | None = None
        self._feeds: list[Feed] = []
        self._watchers: list[BucketWatcher] = []
        self._past = 0  # the last event from before this process
        self.caught_up = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        return self._nats is not None and self._nats.is_connected

    async def run(self) -> None:
        self._nats = client = await self._connect()
        try:
            for live in _LIVE:
                await client.subscribe(f"{live.subject}.*", cb=self._hear_live)
            await self._follow(client)
        finally:
            self._nats = None
            await client.close()

    async def _connect(self) -> Nats:
        while True:
            try:
                return await connect(self._settings, self._reconnected)
            except (nats.errors.Error, OSError, TimeoutError) as error:
                _log.warning("broker_not_there", error=repr(error)[:200])
                await asyncio.sleep(_CONNECT_AGAIN_SECONDS)

    async def _follow(self, client: Nats) -> None:
        self._feeds = [
            Feed(client, SessionRevoked.subject, self._revocations_start, self._hear_revocation),
            Feed(client, _ALL_EVENTS, self._events_start, self._hear_event),
        ]
        self._watchers = [
            BucketWatcher(client, JWKS, self._keys_snapshot, self._key_changed),
            BucketWatcher(client, STATUS_CURRENT, self._status_snapshot, self._status_changed),
        ]
        async with asyncio.TaskGroup() as group:
            for feed in self._feeds:
                group.create_task(feed.run())
            for watcher in self._watchers:
                group.create_task(watcher.run())

    async def _reconnected(self) -> None:
        _log.info("broker_connection_back")
        for feed in self._feeds:
            feed.reconnected()
        for watcher in self._watchers:
            await watcher.reconnected()

    async def _revocations_start(self) -> ConsumerConfig:
        """Always the whole time a token may live: what was missed while away is among it."""
        return from_time(timedelta(seconds=REMEMBER_SECONDS))

    async def _events_start(self) -> ConsumerConfig:
        """After the last event known; the last many at first, or when the stream is another one."""
        assert self._nats is not None  # noqa: S101 - feeds run only with a connection
        state = (await self._nats.jetstream(timeout=5).stream_info(EVENTS.name)).state
        buffer = self._hub.buffer
        known = self.caught_up.is_set() and state.first_seq - 1 <= buffer.last <= state.last_seq
        if not known:
            self._past = state.last_seq
            self._hub.restart_events(max(0, state.first_seq - 1, state.last_seq - KEEP))
            self._note_past(buffer.last)
        return from_sequence(buffer.last + 1)

    def _note_past(self, sequence: int) -> None:
        if sequence >= self._past:
            self.caught_up.set()

    def _hear_revocation(self, message: Msg, _sequence: int) -> None:
        try:
            revoked = SessionRevoked.model_validate_json(message.data)
        except ValidationError:
            bad_messages.inc()
            return
        self._reactions.session_ended(revoked.session_id)

    def _hear_event(self, message: Msg, sequence: int) -> None:
        is_past = sequence <= self._past
        try:
            live = from_event(message.subject, message.data, sequence)
            self._hub.event(sequence, live, is_past=is_past)
            if not is_past:
                self._react(message)
        except ValueError:
            bad_messages.inc()
        if is_past:
            self._note_past(sequence)

    def _react(self, message: Msg) -> None:
        if message.subject in (UserChanged.subject, UserDeleted.subject):
            self._reactions.user_changed(message.data)
        self._reactions.fact(message.subject)

    async def _hear_live(self, message: Msg) -> None:
        try:
            live = from_live(message.subject, message.data)
        except ValueError:
            bad_messages.inc()
            return
        if live is not None:
            self._hub.publish(live)

    async def _keys_snapshot(self, entries: dict[str, Entry]) -> None:
        for entry in entries.values():
            await self._key_changed(entry)

    async def _key_changed(self, entry: Entry) -> None:
        if is_deleted(entry) or not entry.value:
            return
        try:
            self._verifier.use_keys(KeySet.model_validate_json(entry.value).keys)
        except ValidationError:
            bad_messages.inc()

    async def _status_snapshot(self, entries: dict[str, Entry]) -> None:
        values = {key: (entry.revision or 0, entry.value) for key, entry in entries.items() if entry.value}
        self._hub.board.replace(values)
        self._hub.show_status()
        self._reactions.status_changed()

    async def _status_changed(self, entry: Entry) -> None:
        revision = entry.revision or 0
        if is_deleted(entry):
            if self._hub.board.remove(entry.key, revision):
                self._hub.show_status()
        elif entry.value and (message := self._hub.board.change(entry.key, revision, entry.value)) is not None:
            self._hub.publish(message)
        self._reactions.status_changed()
