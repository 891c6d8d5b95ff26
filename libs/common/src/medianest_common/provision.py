"""Making streams, buckets and durables from the contracts: `python -m medianest_common.provision`, before the services.

Safe to run again at any time; raises on the first thing that cannot be made.
"""

import asyncio
from typing import Any, ClassVar

import nats
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    ExternalStream,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamSource,
)
from nats.js.errors import NotFoundError
from pydantic import Field, SecretStr

from medianest_common.broker_access import PROVISIONER, READER_ADMIN
from medianest_common.contracts.streams import (
    BUCKETS,
    DEFAULT_EGRESS,
    EVENTS,
    STREAMS,
    BucketSpec,
    DurableSpec,
    StreamSpec,
    durables,
)
from medianest_common.messaging import connect
from medianest_common.settings import ServiceSettings, load_settings

_RETENTION = {"limits": RetentionPolicy.LIMITS, "workqueue": RetentionPolicy.WORK_QUEUE}


class ProvisionSettings(ServiceSettings):
    service: ClassVar[str] = PROVISIONER

    nats_replicas: int = Field(1, ge=1, le=5, description="Copies of each stream: 1 on one node, 3 on three")
    egresses: str = Field(DEFAULT_EGRESS, description="Names of the ways out to video sites, comma-separated")
    reader_admin_password: SecretStr | None = Field(None, description="Password of the readers' administrator")
    reader_admin_seed: SecretStr | None = Field(None, description="Nkey seed of the readers' administrator")


async def _upsert_stream(js: JetStreamContext, config: StreamConfig) -> None:
    try:
        await js.stream_info(str(config.name))
    except NotFoundError:
        await js.add_stream(config)
    else:
        await js.update_stream(config)


def _stream(spec: StreamSpec, replicas: int) -> StreamConfig:
    return StreamConfig(
        name=spec.name,
        subjects=list(spec.subjects),
        retention=_RETENTION[spec.retention],
        storage=StorageType.FILE,
        max_age=spec.max_age.total_seconds(),
        max_bytes=spec.max_bytes,
        duplicate_window=spec.duplicate_window.total_seconds(),
        discard=DiscardPolicy.OLD if spec.retention == "limits" else DiscardPolicy.NEW,
        allow_direct=True,
        num_replicas=replicas,
    )


def _bucket(spec: BucketSpec, replicas: int) -> StreamConfig:
    """A KV bucket is a stream with these settings; made by hand so that an existing one can be updated too."""
    return StreamConfig(
        name=spec.stream,
        subjects=[f"$KV.{spec.name}.>"],
        storage=StorageType.FILE,
        max_msgs_per_subject=1,
        max_bytes=spec.max_bytes,
        duplicate_window=120,
        discard=DiscardPolicy.NEW,
        allow_direct=True,
        allow_rollup_hdrs=True,
        allow_msg_ttl=True,
        deny_delete=True,
        num_replicas=replicas,
    )


async def _upsert_durable(js: JetStreamContext, spec: DurableSpec) -> None:
    several = len(spec.filters) > 1
    await js.add_consumer(
        spec.stream.name,
        ConsumerConfig(
            durable_name=spec.name,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=spec.ack_wait.total_seconds(),
            max_deliver=spec.max_deliver,
            max_ack_pending=spec.max_ack_pending,
            filter_subject=None if several else spec.filters[0],
            filter_subjects=list(spec.filters) if several else None,
        ),
    )


async def provision(js: JetStreamContext, *, egresses: tuple[str, ...], replicas: int) -> None:
    for stream in STREAMS:
        await _upsert_stream(js, _stream(stream, replicas))
    for bucket in BUCKETS:
        await _upsert_stream(js, _bucket(bucket, replicas))
    for spec in durables(egresses):
        await _upsert_durable(js, spec)


async def provision_readers(js: JetStreamContext, replicas: int) -> None:
    """The readers' copy of the event stream, with ours as its source: nothing is lost across a restart."""
    await _upsert_stream(
        js,
        StreamConfig(
            name=EVENTS.name,
            sources=[StreamSource(name=EVENTS.name, external=ExternalStream(api="JS.APP.API", deliver="readers.copy"))],
            storage=StorageType.FILE,
            max_age=EVENTS.max_age.total_seconds(),
            max_bytes=EVENTS.max_bytes,
            num_replicas=replicas,
        ),
    )


async def run(settings: ProvisionSettings) -> None:
    egresses = tuple(name.strip() for name in settings.egresses.split(",") if name.strip())
    client = await connect(settings)
    try:
        await provision(client.jetstream(timeout=10), egresses=egresses, replicas=settings.nats_replicas)
    finally:
        await client.close()
    if settings.reader_admin_password or settings.reader_admin_seed:
        await _run_readers(settings)


async def _run_readers(settings: ProvisionSettings) -> None:
    proof: dict[str, Any] = {}
    if settings.reader_admin_seed is not None:
        proof["nkeys_seed_str"] = settings.reader_admin_seed.get_secret_value()
    elif settings.reader_admin_password is not None:
        proof |= {"user": READER_ADMIN, "password": settings.reader_admin_password.get_secret_value()}
    client = await nats.connect(settings.nats_url, connect_timeout=5, **proof)
    try:
        await provision_readers(client.jetstream(timeout=10), settings.nats_replicas)
    finally:
        await client.close()


def main() -> None:
    asyncio.run(run(load_settings(ProvisionSettings)))


if __name__ == "__main__":
    main()
