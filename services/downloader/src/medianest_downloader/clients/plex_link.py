"""Which Plex server is the suite's: the watched integration, opened with our reader's key."""

from collections.abc import Callable

import structlog
from pydantic import ValidationError

from medianest_common.contracts.status import IntegrationKind, IntegrationSettings
from medianest_common.crypto import SealBroken, Sealer
from medianest_common.http import OutsideClient
from medianest_common.watch import Entry, is_deleted
from medianest_downloader.clients.plex import PlexServer

_log = structlog.get_logger(__name__)

_READER = "downloader"
_KEY = str(IntegrationKind.PLEX)


class PlexLink:
    def __init__(
        self, client: OutsideClient, sealer: Sealer | None, *, client_id: str, changed: Callable[[], None]
    ) -> None:
        """`changed` is called when another server, or none, is the suite's."""
        self._client = client
        self._sealer = sealer
        self._client_id = client_id
        self._changed = changed
        self.server: PlexServer | None = None

    async def on_snapshot(self, entries: dict[str, Entry]) -> None:
        entry = entries.get(_KEY)
        self._use(None if entry is None else entry.value)

    async def on_change(self, entry: Entry) -> None:
        if entry.key == _KEY:
            self._use(None if is_deleted(entry) else entry.value)

    async def close(self) -> None:
        await self._client.close()

    def _use(self, value: bytes | None) -> None:
        self.server = self._opened(value) if value else None
        self._changed()

    def _opened(self, value: bytes) -> PlexServer | None:
        try:
            settings = IntegrationSettings.model_validate_json(value)
        except ValidationError:
            _log.error("integration_unreadable", integration=_KEY)
            return None
        sealed = settings.sealed.get(_READER)
        machine = settings.config.get("machine_identifier")
        if not settings.enabled or self._sealer is None or sealed is None or not machine:
            return None
        try:
            token = self._sealer.open(sealed, row=f"integration:{settings.integration_id}:{_READER}")
        except SealBroken:
            _log.error("integration_seal_broken", integration=_KEY)
            return None
        return PlexServer(self._client, settings.url.rstrip("/"), token, machine, self._client_id)
