"""Whether downloads from YouTube can be expected to work here, for the administrator's page and as a metric."""

import asyncio
import time
from pathlib import Path

from medianest_common.clock import utc_now
from medianest_downloader import metrics
from medianest_downloader.domain.readiness import Check, cookies_check, guard_check, workers_check, worst_tools
from medianest_downloader.fetching.guard import AddressBlocked, Egress
from medianest_downloader.fetching.toolbox import tool_versions
from medianest_downloader.schemas import DownloadReadiness, ReadinessCheck
from medianest_downloader.service.slots import SlotBoard
from medianest_downloader.settings import FetchSettings

LOOK_SECONDS = 60.0  # workers come and go
_KEPT_SECONDS = 3600.0  # our own tools hardly do


class Readiness:
    def __init__(self, settings: FetchSettings, tools: Path, board: SlotBoard) -> None:
        self._settings = settings
        self._tools = tools
        self._board = board
        self._versions: dict[str, str] = {}
        self._asked_at = -_KEPT_SECONDS

    async def glance(self) -> None:
        """Bring the metric up to date, with what was known lately of our own tools."""
        if time.monotonic() - self._asked_at >= _KEPT_SECONDS:
            await self._ask()
        self._judge()

    async def look(self) -> DownloadReadiness:
        """Look anew; takes as long as asking the tools for their versions."""
        await self._ask()
        return self._judge()

    async def _ask(self) -> None:
        self._versions = await asyncio.to_thread(tool_versions, self._tools)
        self._asked_at = time.monotonic()

    def _judge(self) -> DownloadReadiness:
        now = utc_now()
        workers = {said.worker_id: said.versions for said in self._board.living()}
        checks = [
            *worst_tools(self._versions, workers, now.date()),
            cookies_check(),
            guard_check(private_reachable=self._reaches_private()),
            workers_check(len(workers)),
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
