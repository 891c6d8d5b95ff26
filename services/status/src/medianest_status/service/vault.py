"""Secrets of the integrations: sealed in our table, and sealed anew for each service that works with them."""

from collections.abc import Mapping

from medianest_common.contracts.status import IntegrationKind
from medianest_common.crypto import SealBroken, Sealer
from medianest_status.domain.integrations import SECRET_READERS


class Vault:
    def __init__(self, sealer: Sealer, readers: Mapping[str, Sealer]) -> None:
        self._sealer = sealer
        self._readers = readers

    def seal(self, integration_id: str, secret: str) -> str:
        return self._sealer.seal(secret, row=_row(integration_id))

    def open(self, integration_id: str, sealed: str | None) -> str | None:
        """The secret again; raises SealBroken when it was sealed under a key that is gone."""
        return None if sealed is None else self._sealer.open(sealed, row=_row(integration_id))

    def is_current(self, sealed: str) -> bool:
        return self._sealer.is_current(sealed)

    def for_readers(self, integration_id: str, kind: IntegrationKind, sealed: str | None) -> dict[str, str]:
        """The secret for each service that works with it, sealed so that only that one can open it."""
        wanted = SECRET_READERS.get(kind, frozenset()) & self._readers.keys()
        secret = self.open(integration_id, sealed) if wanted else None
        if secret is None:
            return {}
        return {
            reader: self._readers[reader].seal(secret, row=f"integration:{integration_id}:{reader}")
            for reader in sorted(wanted)
        }

    def readers_open(self, integration_id: str, kind: IntegrationKind, sealed: Mapping[str, str]) -> bool:
        """Whether each service that works with the secret can open its copy with the key it has now."""
        wanted = SECRET_READERS.get(kind, frozenset()) & self._readers.keys()
        return all(self._reader_opens(reader, integration_id, sealed.get(reader, "")) for reader in wanted)

    def _reader_opens(self, reader: str, integration_id: str, sealed: str) -> bool:
        try:
            self._readers[reader].open(sealed, row=f"integration:{integration_id}:{reader}")
        except SealBroken:
            return False
        return True


def _row(integration_id: str) -> str:
    return f"service_config.api_key:{integration_id}"
