"""Whether downloads from YouTube can be expected to work here, for the administrator's page and as a metric."""

import asyncio
from pathlib import Path

from medianest_common.clock import utc_now
from medianest_downloader import metrics
from medianest_downloader.domain.readiness import Check, cookies_check, guard_check, tool_checks, workers_check
from medianest_downloader.fetching.guard import AddressBlocked, Egress
from medianest_downloader.fetching.toolbox import tool_versions
from medianest_downloader.schemas import DownloadReadiness, ReadinessCheck
from medianest_downloader.service.slots import SlotBoard
from medianest_downloader.settings import FetchSettings

LOOK_SECONDS = 3600.0


class Readiness:
    def __init__(self, settings: FetchSettings, tools: Path, board: SlotBoard) -> None:
        self._settings = settings
        self._tools = tools
        self._board = board

    async def look(self) -> DownloadReadiness:
        """Look anew; takes as long as asking the tools for their versions."""
        now = utc_now()
        versions = await asyncio.to_thread(tool_versions, self._tools)
        workers = sum(len(self._board.living(egress)) for egress in self._board.egresses())
        checks = [
            *tool_checks(versions, now.date()),
            cookies_check(),
            guard_check(private_reachable=self._reaches_private()),
            workers_check(workers),
        ]
        for check in checks:
            metrics.ready.labels(check.name).set(check.ok)
        return DownloadReadiness(ready=all(check.ok for check in checks), checks=[_read(c) for c in checks], as_of=now)

    def _reaches_private(self) -> bool:
        """By asking the guard that children get, not its setting."""
        guard = Egress(self._settings.hosts, allow_private=self._settings.allow_private_addresses)
        try:
            guard.check_address("127.0.0.1")
        except AddressBlocked:
            return False
        return True


def _read(check: Check) -> ReadinessCheck:
    return ReadinessCheck(name=check.name, ok=check.ok, detail=check.detail)
