"""A list of 20 of 1,000 requests through gateway, service and Postgres, beside the same service called directly.

The rounds alternate and the figures are medians, as in `gateway.py`. Run it by `make bench-gateway`.
"""

import argparse
import asyncio
import base64
import json
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import nats
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from gateway import Side, Signer, alternate, free_port, parsed, process
from redis.asyncio import Redis

from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.auth import KeySet
from medianest_common.contracts.streams import JWKS
from medianest_devstack.provisioning import provision_broker
from medianest_devstack.servers import Servers

AIM = 0.75
ROWS = """insert into media_requests
  (id, user_id, title, media_type, tmdb_id, is_4k, status, version, created_at, updated_at)
  select gen_random_uuid(), $1, 'A film of number ' || n, 'movie', n, false, 'pending', 1,
    now() - n * interval '1 minute', now() from generate_series(1, 1000) n"""


async def fill(url: str, user: str) -> None:
    """A thousand requests of one user, in a migrated database."""
    environment = {"MEDIANEST_DATABASE_URL": url}
    migration = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "medianest_requests", "migrate", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    if await migration.wait():
        raise SystemExit("The database could not be migrated.")
    connection = await asyncpg.connect(url)
    await connection.execute(ROWS, user)
    await connection.execute("analyze")
    await connection.close()


async def publish_keys(servers: Servers, signer: Signer) -> None:
    """What the auth service would put into the bucket of verification keys."""
    client = await nats.connect(servers.nats.url_for("auth"), inbox_prefix=inbox_prefix("auth"))
    keys = KeySet(version=1, keys=tuple(json.loads(signer.jwks())["keys"]))
    await client.jetstream().publish(f"$KV.{JWKS.name}.current", keys.model_dump_json().encode(), stream=JWKS.stream)
    await client.close()


@asynccontextmanager
async def both(servers: Servers, signer: Signer) -> AsyncIterator[dict[str, Side]]:
    """The service, and the gateway before it."""
    database = await servers.postgres.ensure_database("requests", "requests", "secret")
    await fill(database, signer.user)
    await provision_broker(servers.nats.url_for)
    await publish_keys(servers, signer)
    ports = {name: free_port() for name in ("service", "gateway", "internal")}
    service_url = f"http://127.0.0.1:{ports['service']}"
    nowhere = "http://127.0.0.1:9"
    async with (
        process(
            "-m",
            "medianest_requests",
            port=ports["service"],
            http_port=str(ports["service"]),
            database_url=database,
            auth_url=nowhere,
            service_key=_key(Ed25519PrivateKey.generate()),
            reader_key=f"k:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            nats_url=servers.nats.url,
            nats_password=servers.nats.passwords["requests"],
            log_level="WARNING",
        ) as service,
        process(
            "-m",
            "medianest_gateway",
            port=ports["gateway"],
            http_port=str(ports["gateway"]),
            internal_port=str(ports["internal"]),
            redis_url=servers.valkey.url,
            csrf_key="x" * 32,
            service_key=_key(signer.key),
            nats_url=servers.nats.url,
            nats_password=servers.nats.passwords["gateway"],
            rate_api_per_minute="100000000",
            **{f"{name}_url": nowhere for name in ("auth", "downloader", "status")},
            requests_url=service_url,
        ) as gateway,
    ):
        await asyncio.sleep(2.5)  # keys and the broker
        token = signer.token()
        yield {
            "the service itself": Side(service, ports["service"], f"Authorization: Bearer {token}\r\n"),
            "through the gateway": Side(gateway, ports["gateway"], f"Cookie: medianest_session={token}\r\n"),
        }


def _key(key: Ed25519PrivateKey) -> str:
    return base64.urlsafe_b64encode(key.private_bytes_raw()).decode()


async def compare(options: argparse.Namespace) -> bool:
    signer = Signer()
    async with Servers(Path(tempfile.mkdtemp(prefix="medianest-bench-")), fast=True) as servers:
        redis = Redis.from_url(servers.valkey.url)
        state = json.dumps({"state": "alive", "epoch": 0, "user_id": signer.user})
        await redis.set(f"session:{signer.session}", state)
        await redis.aclose()
        async with both(servers, signer) as sides:
            return await alternate(sides, options, AIM)


if __name__ == "__main__":
    sys.exit(0 if uvloop.run(compare(parsed(__doc__))) else 1)
