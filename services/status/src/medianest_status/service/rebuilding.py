"""The buckets follow the tables: what is missing in one, or older than its row, is put again."""

from pydantic import ValidationError

from medianest_common.contracts.envelope import State
from medianest_common.contracts.status import IntegrationKind, IntegrationSettings
from medianest_common.contracts.streams import INTEGRATIONS, STATUS_CURRENT
from medianest_common.watch import Entry
from medianest_status.models import ServiceConfig, ServiceStatus
from medianest_status.service.settling import begin
from medianest_status.service.telling import keep_settings, keep_state
from medianest_status.service.vault import Vault
from medianest_status.service.work import NewWork


class Rebuilder:
    """Called with a complete set of a bucket, at start and after every reconnect."""

    def __init__(self, work: NewWork, vault: Vault) -> None:
        self._work = work
        self._vault = vault

    async def states(self, entries: dict[str, Entry]) -> None:
        async with self._work() as work:
            rows = await begin(work)
            for name, row in rows.items():
                if _behind(row, _version(entries.get(name))):
                    keep_state(work, row)
            for name in entries.keys() - rows.keys():
                work.outbox.forget(STATUS_CURRENT, name)

    async def settings(self, entries: dict[str, Entry]) -> None:
        """As for states; also what a reader with a new key could not open."""
        async with self._work() as work:
            await work.states.lock()
            rows = {row.service_name: row for row in await work.integrations.all()}
            for name, row in rows.items():
                if _behind(row, _version(entries.get(name))) or not self._opens(row, entries[name]):
                    keep_settings(work, row, self._vault)
            for name in entries.keys() - rows.keys():
                work.outbox.forget(INTEGRATIONS, name)

    def _opens(self, row: ServiceConfig, entry: Entry) -> bool:
        try:
            sealed = IntegrationSettings.model_validate_json(entry.value or b"").sealed
        except ValidationError:
            return False
        return row.api_key is None or self._vault.readers_open(row.service_name, IntegrationKind(row.kind), sealed)


def _behind(row: ServiceStatus | ServiceConfig, kept: int) -> bool:
    """Whether the bucket lacks the row's state; a row older than its copy (a restored backup) overtakes it."""
    if kept > row.version:
        row.version = kept + 1
        return True
    return kept < row.version


def _version(entry: Entry | None) -> int:
    if entry is None or not entry.value:
        return -1
    try:
        return State.model_validate_json(entry.value).version
    except ValidationError:
        return -1
