"""Watching a KV bucket: a complete set first, then each change, and a complete set again after every reconnect.

nats-py's own watch is silent for up to 20 s after a server restart, since its consumer lived in memory; this one
watches anew at once. A bucket that was lost and made again is handled too, for a set replaces and is not merged.
"""

import asyncio
from collections.abc import Awaitable, Callable

import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.js.kv import KeyValue

from medianest_common.contracts.streams import BucketSpec

_log = structlog.get_logger(__name__)

Entry = KeyValue.Entry
OnSnapshot = Callable[[dict[str, Entry]], Awaitable[None]]
OnChange = Callable[[Entry], Awaitable[None]]


def is_deleted(entry: Entry) -> bool:
    return entry.operation in ("DEL", "PURGE")


class BucketWatcher:
    """Run `run()` as a task; call `reconnected()` from the connection's callback. `ready` is set by the first set."""

    def __init__(self, client: Client, bucket: BucketSpec, on_snapshot: OnSnapshot, on_change: OnChange) -> None:
        self._client = client
        self._bucket = bucket
        self._on_snapshot = on_snapshot
        self._on_change = on_change
        self._again = asyncio.Event()
        self.ready = asyncio.Event()

    async def reconnected(self) -> None:
        self._again.set()

    async def run(self) -> None:
        while True:
            try:
                self._again.clear()
                await self._watch()
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                _log.warning("bucket_watch_interrupted", bucket=self._bucket.name, error=repr(error)[:200])
                await asyncio.sleep(0.2)

    async def _watch(self) -> None:
        bucket = await self._client.jetstream().key_value(self._bucket.name)
        watcher = await bucket.watchall(inactive_threshold=30)
        try:
            await self._follow(watcher)
        finally:
            await watcher.stop()  # type: ignore[no-untyped-call]  # else the old consumer lives on beside the new one

    async def _follow(self, watcher: KeyValue.KeyWatcher) -> None:
        first: dict[str, Entry] = {}
        complete = False
        while not self._again.is_set():
            _stop_if_cancelled()
            try:
                entry = await watcher.updates(timeout=0.5)  # type: ignore[no-untyped-call]
            except nats.errors.TimeoutError:
                continue
            if entry is None:
                complete = True
                await self._on_snapshot(first)
                self.ready.set()
            elif complete:
                await self._on_change(entry)
            elif not is_deleted(entry):
                first[entry.key] = entry


def _stop_if_cancelled() -> None:
    """Raise what the library's `wait_for` swallowed, which it can do before Python 3.12."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
