"""Facts wait in a table of the same database as the rows they speak of; the relay publishes them.

The change and its fact commit together or not at all. One relay works at a time (a transaction-scoped lock), facts
of one key leave in order, and a fact published twice carries the same `Nats-Msg-Id`.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import nats.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import APIError, NoStreamResponseError
from prometheus_client import Counter, Gauge
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from medianest_common.contracts.auth import NoteAction
from medianest_common.contracts.envelope import Command, Event, State
from medianest_common.contracts.streams import AUDIT_COMMANDS, DOWNLOAD_COMMANDS, EVENTS, BucketSpec
from medianest_common.ids import uuid7
from medianest_common.supervise import woken
from medianest_common.telemetry import trace_headers

_log = structlog.get_logger(__name__)

BATCH = 100  # measured: larger batches are no faster
_PUBLISH_TIMEOUT = 5.0
_LOCK = 0x6D6E_6F62  # "mnob"; every relay of one database takes the same

published_total = Counter("medianest_outbox_published_total", "Facts the broker has acknowledged")
failed_total = Counter("medianest_outbox_failed_total", "Publishing tries that failed")
oldest_seconds = Gauge("medianest_outbox_oldest_seconds", "Age of the oldest waiting fact")


def outbox_table(metadata: MetaData) -> Table:
    return Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("event_id", Uuid, nullable=False, unique=True),
        Column("subject", Text, nullable=False),
        Column("stream", Text, nullable=False),
        Column("key", Text, nullable=False, index=True),
        Column("payload", LargeBinary, nullable=False),
        Column("headers", JSONB, nullable=False, server_default="{}"),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("next_at", DateTime(timezone=True)),
        Column("error", String(200)),
        postgresql_with={"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 2000},
    )


class Outbox:
    """What one transaction has to say; written at its end, after the rows, so that ids follow the order of commits."""

    def __init__(self, table: Table, source: str) -> None:
        self._table = table
        self._source = source
        self._rows: list[dict[str, Any]] = []

    def add(self, event: Event) -> None:
        headers = {
            "ce-specversion": "1.0",
            "ce-id": str(event.event_id),
            "ce-type": event.subject,
            "ce-source": f"/medianest/{self._source}",
            "ce-time": event.occurred_at.isoformat(),
            "content-type": "application/json",
        }
        self._put(event.event_id, event.subject, EVENTS.name, event.key, event.body(), headers)

    def command(self, command: Command, *, subject: str, key: str) -> None:
        self._put(uuid7(), subject, DOWNLOAD_COMMANDS.name, key, command.body(), {})

    def note(self, action: NoteAction) -> None:
        """Have an action written into the audit log, which auth keeps."""
        subject, key = action.queue_subject(self._source), f"audit:{action.action_id}"
        self._put(action.action_id, subject, AUDIT_COMMANDS.name, key, action.body(), {})

    def keep(self, bucket: BucketSpec, key: str, state: State) -> None:
        """Put the newest state into a bucket, in the same transaction and in order."""
        subject = f"$KV.{bucket.name}.{key}"
        self._put(uuid7(), subject, bucket.stream, subject, state.model_dump_json().encode(), {})

    def forget(self, bucket: BucketSpec, key: str) -> None:
        """Delete a key of a bucket."""
        subject = f"$KV.{bucket.name}.{key}"
        self._put(uuid7(), subject, bucket.stream, subject, b"", {"KV-Operation": "DEL"})

    def _put(
        self, event_id: UUID, subject: str, stream: str, key: str, payload: bytes, headers: Mapping[str, str]
    ) -> None:
        row = {"event_id": event_id, "subject": subject, "stream": stream, "key": key, "payload": payload}
        self._rows.append(row | {"headers": {**headers, **trace_headers()}})

    async def write(self, session: AsyncSession) -> int:
        """Insert what was added; the number of rows."""
        if self._rows:
            connection = await session.connection()
            await connection.execute(self._table.insert().inline(), self._rows)  # no RETURNING: writers need not read
        return len(self._rows)


_DUE = text(
    """select o.* from outbox o where (o.next_at is null or o.next_at <= now())
       and not exists (select 1 from outbox p where p.key = o.key and p.id < o.id and p.next_at > now())
       order by o.id limit :size"""
)
_LATER = text(
    """update outbox set attempts = attempts + 1, error = :error,
       next_at = now() + least(interval '1 second' * power(2, least(attempts, 10)), interval '30 seconds')
       where id = :id"""
)
_OLDEST = text("select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from outbox")

_PublishError = (nats.errors.Error, APIError, NoStreamResponseError, TimeoutError)


class Relay:
    """Publishes the outbox of one database; any number may run, one works at a time.

    Wakes when `wake` is set after a commit of this process, and looks once a second for the commits of others. While
    the broker is away no transaction is opened. A fact that cannot be published waits with the later ones of its key.
    """

    def __init__(self, engine: AsyncEngine, client: Client, wake: asyncio.Event) -> None:
        self._engine = engine
        self._client = client
        self._wake = wake

    async def run(self) -> None:
        delay = 0.5
        while True:
            try:
                await self._turn()
                delay = 0.5
            except (SQLAlchemyError, OSError, TimeoutError, nats.errors.Error) as error:
                _log.warning("relay_interrupted", error=repr(error)[:200])
                await asyncio.sleep(delay)
                delay = min(delay * 2, 10)

    async def _turn(self) -> None:
        self._wake.clear()
        if self._client.is_connected and await self.batch() == BATCH:
            return
        await woken(self._wake, 1.0)

    async def batch(self) -> int:
        """Publish what is due, at most BATCH rows; their number."""
        async with self._engine.begin() as db:
            await db.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            rows = (await db.execute(_DUE, {"size": BATCH})).mappings().all()
            sent, failed = await self._publish(rows)
            if sent:
                await db.execute(text("delete from outbox where id = any(:ids)"), {"ids": sent})
            for row_id, error in failed:
                await db.execute(_LATER, {"id": row_id, "error": error})
            oldest_seconds.set((await db.execute(_OLDEST)).scalar_one())
        return len(rows)

    async def _publish(self, rows: Iterable[RowMapping]) -> tuple[list[int], list[tuple[int, str]]]:
        sent: list[int] = []
        failed: list[tuple[int, str]] = []
        chains: defaultdict[str, list[RowMapping]] = defaultdict(list)
        for row in rows:
            chains[row["key"]].append(row)
        stream = self._client.jetstream(timeout=_PUBLISH_TIMEOUT)
        await asyncio.gather(*(_publish_chain(stream, chain, sent, failed) for chain in chains.values()))
        published_total.inc(len(sent))
        failed_total.inc(len(failed))
        return sent, failed


async def _publish_chain(
    stream: JetStreamContext, rows: list[RowMapping], sent: list[int], failed: list[tuple[int, str]]
) -> None:
    """Publish facts of one key in order; the first that fails stops those behind it."""
    for row in rows:
        headers = {**row["headers"], "Nats-Msg-Id": str(row["event_id"])}
        try:
            await stream.publish(
                row["subject"], row["payload"], stream=row["stream"], timeout=_PUBLISH_TIMEOUT, headers=headers
            )
        except _PublishError as error:
            _log.warning(
                "fact_not_published", subject=row["subject"], attempts=row["attempts"], error=repr(error)[:200]
            )
            failed.append((row["id"], repr(error)[:200]))
            return
        sent.append(row["id"])
