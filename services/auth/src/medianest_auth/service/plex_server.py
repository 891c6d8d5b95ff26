"""The Plex server this MediaNest belongs to, as the watched settings say now."""

from medianest_common.contracts.status import IntegrationKind, IntegrationSettings
from medianest_common.crypto import SealBroken, Sealer
from medianest_common.watch import Entry, is_deleted

_READER = "auth"


class PlexServer:
    """Follows the integrations' bucket; nothing is known before the first set has come."""

    def __init__(self, reader: Sealer | None) -> None:
        self._reader = reader
        self._settings: IntegrationSettings | None = None

    async def snapshot(self, entries: dict[str, Entry]) -> None:
        self._settings = None
        for entry in entries.values():
            await self.changed(entry)

    async def changed(self, entry: Entry) -> None:
        if is_deleted(entry) or not entry.value:
            if self._settings is not None and self._settings.integration_id == entry.key:
                self._settings = None
            return
        settings = IntegrationSettings.model_validate_json(entry.value)
        if settings.kind is IntegrationKind.PLEX:
            self._settings = settings

    @property
    def configured(self) -> bool:
        return self._settings is not None and self._settings.enabled

    @property
    def name(self) -> str | None:
        return self._settings.name if self._settings is not None and self._settings.enabled else None

    @property
    def machine_identifier(self) -> str | None:
        """The server's identity; None while it is not configured, or has not told it yet."""
        if self._settings is None or not self._settings.enabled:
            return None
        return self._settings.config.get("machine_identifier") or None

    def owner_token(self) -> str | None:
        """The token of the server's owner, if it was sealed for this service and opens."""
        sealed = self._settings.sealed.get(_READER) if self._settings is not None else None
        if self._settings is None or self._reader is None or sealed is None:
            return None
        try:
            return self._reader.open(sealed, row=f"integration:{self._settings.integration_id}:{_READER}")
        except SealBroken:
            return None
