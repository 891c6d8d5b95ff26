"""Verification keys when the broker has not brought them: asked of auth itself."""

import asyncio
from typing import Final

import structlog

from medianest_common.errors import MediaNestError
from medianest_common.tokens import Verifier
from medianest_gateway.auth_client import AuthClient
from medianest_gateway.hub.broker import Broker

_log = structlog.get_logger(__name__)

_BROKER_FIRST_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 1.0
_WITHOUT_BROKER_SECONDS: Final = 60.0


async def keep_keys(verifier: Verifier, auth: AuthClient, broker: Broker) -> None:
    """Have keys soon, and keep them new while the broker is away; for ever."""
    await asyncio.sleep(_BROKER_FIRST_SECONDS)
    while True:
        if not verifier.ready or not broker.is_connected:
            try:
                verifier.use_keys(await auth.keys())
            except (MediaNestError, ValueError, KeyError) as error:
                _log.debug("keys_not_there", error=type(error).__name__)
        await asyncio.sleep(_WITHOUT_BROKER_SECONDS if verifier.ready else _AGAIN_SECONDS)
