"""Streams, buckets and durables on a broker of ours, made in this process: another Python would cost more."""

from collections.abc import Callable
from contextlib import suppress

import nats
from nats.js.errors import NotFoundError

from medianest_common.broker_access import PROVISIONER, READER_ADMIN, inbox_prefix
from medianest_common.contracts.streams import BUCKETS, DEFAULT_EGRESS, STREAMS
from medianest_common.provision import provision, provision_readers

_WITHIN = 10.0


async def provision_broker(url_for: Callable[[str], str], egresses: tuple[str, ...] = (DEFAULT_EGRESS,)) -> None:
    """Make everything the contracts name; safe to repeat. `url_for` gives a user's URL."""
    client = await nats.connect(url_for(PROVISIONER), inbox_prefix=inbox_prefix(PROVISIONER), connect_timeout=5)
    try:
        await provision(client.jetstream(timeout=_WITHIN), egresses=egresses, replicas=1)
    finally:
        await client.close()
    if url_for(READER_ADMIN) == url_for(PROVISIONER):
        return  # a server without accounts: the readers' copy needs one of its own
    client = await nats.connect(url_for(READER_ADMIN), connect_timeout=5)
    try:
        await provision_readers(client.jetstream(timeout=_WITHIN), 1)
    finally:
        await client.close()


async def clear_broker(url_for: Callable[[str], str]) -> None:
    """Remove every stream and bucket of the contracts, with what is in them."""
    client = await nats.connect(url_for(PROVISIONER), inbox_prefix=inbox_prefix(PROVISIONER), connect_timeout=5)
    try:
        js = client.jetstream(timeout=_WITHIN)
        for name in [*(stream.name for stream in STREAMS), *(bucket.stream for bucket in BUCKETS)]:
            with suppress(NotFoundError):
                await js.delete_stream(name)
    finally:
        await client.close()
