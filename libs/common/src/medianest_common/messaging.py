"""The connection to the broker: credentials, inbox, endless reconnecting, and what is sent past the outbox (live)."""

import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import nats
import structlog
from nats.aio.client import Client
from prometheus_client import Counter

from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.envelope import Live
from medianest_common.settings import ServiceSettings

_log = structlog.get_logger(__name__)

errors_total = Counter("medianest_nats_errors_total", "Errors the broker client reported", ["kind"])

Reconnected = Callable[[], Awaitable[None]]


def broker_user(settings: ServiceSettings) -> str:
    return settings.nats_user or settings.service


async def _on_error(error: Exception) -> None:
    """A refused subject arrives here alone; its caller only sees a time-out.

    A broker that is not there comes four times a second until it is, and was said once when the connection was lost.
    """
    kind = "permission" if "permissions violation" in str(error).lower() else type(error).__name__
    errors_total.labels(kind).inc()
    log = _log.error if kind == "permission" else _log.debug if isinstance(error, OSError) else _log.warning
    log("broker_error", kind=kind, error=str(error)[:200])


async def _on_disconnect() -> None:
    _log.warning("broker_connection_lost")


def connection_options(settings: ServiceSettings) -> dict[str, Any]:
    """What both clients (nats-py's and FastStream's) are told: never give up, own inbox, report errors."""
    return {
        "name": f"medianest-{settings.service}",
        "inbox_prefix": inbox_prefix(broker_user(settings)),
        "connect_timeout": 5,
        "reconnect_time_wait": 0.25,
        "max_reconnect_attempts": -1,
        "ping_interval": 20,
        "error_cb": _on_error,
        "disconnected_cb": _on_disconnect,
    }


def tls_context(settings: ServiceSettings) -> ssl.SSLContext | None:
    if not settings.nats_url.startswith("tls://"):
        return None
    return ssl.create_default_context(cafile=settings.nats_ca)


async def connect(settings: ServiceSettings, reconnected: Reconnected | None = None) -> Client:
    """A plain client for a process without FastStream; raises when the broker is not there yet."""
    options = connection_options(settings)
    if settings.nats_seed is not None:
        options["nkeys_seed_str"] = settings.nats_seed.get_secret_value()
    elif settings.nats_password is not None:
        options |= {"user": broker_user(settings), "password": settings.nats_password.get_secret_value()}
    if (context := tls_context(settings)) is not None:
        options["tls"] = context
    return await nats.connect(settings.nats_url, reconnected_cb=reconnected, **options)


async def publish_live(client: Client, live: Live) -> None:
    """Send a passing sign; while the broker is away it is dropped, not queued."""
    if client.is_connected:
        await client.publish(live.live_subject(), live.body())
