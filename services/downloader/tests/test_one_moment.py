"""An answer is of one moment, whatever is committed while it is read."""

from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from medianest_common.contracts.downloads import DownloadStatus, ItemStatus
from medianest_downloader.models import Download
from medianest_downloader.service.settling import settle

from .conftest import Suite, meanwhile
from .test_scheduling import execute

_BASE = "/api/v1/downloads"


async def finish(suite: Suite, download: Download) -> None:
    """What a worker does when it is through."""
    async with suite.rows.work() as work:
        locked = await work.downloads.get(download.id, lock=True)
        assert locked is not None
        for item in await work.items.of_download(download.id, lock=True):
            item.status, item.bytes = ItemStatus.COMPLETED, 7
        await settle(work, locked, await work.now())


def finished_meanwhile(suite: Suite, download: Download) -> AbstractContextManager[None]:
    """Have the download end right after the first statement that reads its row."""
    return meanwhile(suite.parts.runtime.engine, "from downloads", lambda: finish(suite, download))


class TestAnswer:
    async def _running(self, suite: Suite, user: UUID) -> Download:
        download = await suite.rows.download(user, status=DownloadStatus.RUNNING)
        await execute(suite.rows, "update download_items set status = 'running', progress = 0.5")
        return download

    async def _get(self, suite: Suite, user: UUID, path: str) -> dict[str, Any]:
        read: dict[str, Any] = (await suite.http.get(path, headers=suite.as_user(user))).json()
        return read

    async def test_of_a_download_and_of_its_items(self, suite: Suite, user: UUID) -> None:
        download = await self._running(suite, user)
        with finished_meanwhile(suite, download):
            read = await self._get(suite, user, f"{_BASE}/{download.id}")
        assert (read["status"], read["progress"], read["quota"]["used"]) == ("running", 0.5, 0)
        assert [item["status"] for item in read["items"]] == ["running"]

    async def test_of_the_list_and_of_what_runs(self, suite: Suite, user: UUID) -> None:
        with finished_meanwhile(suite, await self._running(suite, user)):
            read = await self._get(suite, user, _BASE)
        assert [(each["status"], each["progress"]) for each in read["items"]] == [("running", 0.5)]

    async def test_of_the_totals_and_of_what_is_used(self, suite: Suite, user: UUID) -> None:
        with finished_meanwhile(suite, await self._running(suite, user)):
            read = await self._get(suite, user, f"{_BASE}/totals")
        assert (read["downloads"], read["bytes"], read["quota"]["used"]) == ({"running": 1}, 0, 0)
