"""A watcher knows the whole bucket, hears each change, and catches up after a reconnect."""

import asyncio
from collections.abc import Awaitable, Callable

from nats.aio.client import Client

from medianest_common.contracts.auth import KeySet
from medianest_common.contracts.streams import JWKS
from medianest_common.watch import BucketWatcher, Entry

ClientOf = Callable[[str], Awaitable[Client]]


class Seen:
    def __init__(self) -> None:
        self.snapshots: asyncio.Queue[dict[str, Entry]] = asyncio.Queue()
        self.changes: asyncio.Queue[Entry] = asyncio.Queue()

    async def snapshot(self, entries: dict[str, Entry]) -> None:
        await self.snapshots.put(entries)

    async def change(self, entry: Entry) -> None:
        await self.changes.put(entry)


async def test_gives_the_set_first_then_changes_then_a_set_again(client_of: ClientOf) -> None:
    auth = await client_of("auth")
    bucket_subject = f"$KV.{JWKS.name}.current"
    body = KeySet(version=1, keys=()).model_dump_json().encode()
    await auth.jetstream().publish(bucket_subject, body, stream=JWKS.stream)
    seen = Seen()
    watcher = BucketWatcher(await client_of("gateway"), JWKS, seen.snapshot, seen.change)
    task = asyncio.create_task(watcher.run())
    try:
        first = await asyncio.wait_for(seen.snapshots.get(), 5)
        assert first["current"].value == body
        await auth.jetstream().publish(bucket_subject, b"", stream=JWKS.stream, headers={"KV-Operation": "DEL"})
        change = await asyncio.wait_for(seen.changes.get(), 5)
        assert (change.key, change.operation) == ("current", "DEL")
        await watcher.reconnected()
        assert await asyncio.wait_for(seen.snapshots.get(), 5) == {}
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
