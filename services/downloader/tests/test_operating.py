"""What administrators do and see (users put aside, readiness, logs), and what everybody sees: totals, expiry."""

import asyncio
import json
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from medianest_common.contracts.downloads import DownloadStatus
from medianest_common.contracts.permissions import Role
from medianest_common.ids import uuid7
from medianest_common.inbox import mark_erased
from medianest_downloader.domain.readiness import guard_check, tool_checks, workers_check, worst_tools
from medianest_downloader.fetching.toolbox import tool_versions

from .conftest import Suite
from .test_api import submitted
from .test_scheduling import announcement, execute, make_scheduler

_BASE = "/api/v1/downloads"


@pytest.fixture
def admin(suite: Suite) -> dict[str, str]:
    return suite.as_user(uuid7(), Role.ADMIN)


class TestPausedUsers:
    async def test_nothing_of_theirs_is_handed_out_until_they_may_go_on(
        self, suite: Suite, user: UUID, admin: dict[str, str]
    ) -> None:
        download = await suite.rows.download(user)
        scheduler = make_scheduler(suite.rows)
        path = f"{_BASE}/paused-users/{user}"
        assert (await suite.http.put(path, json={"reason": "Too much."}, headers=admin)).status_code == 200
        assert await scheduler.tick() == 0
        read = (await suite.http.get(f"{_BASE}/{download.id}", headers=suite.as_user(user))).json()
        assert read["waiting_for"] == "Too much."
        listed = (await suite.http.get(_BASE, headers=suite.as_user(user))).json()["items"]
        assert [entry["waiting_for"] for entry in listed] == ["Too much."]
        assert (await suite.http.delete(path, headers=admin)).status_code == 204
        assert await scheduler.tick() == 1

    async def test_what_was_handed_out_is_taken_back(self, suite: Suite, user: UUID, admin: dict[str, str]) -> None:
        download = await suite.rows.download(user)
        assert await make_scheduler(suite.rows).tick() == 1
        for reason in ("One.", "Another."):
            await suite.http.put(f"{_BASE}/paused-users/{user}", json={"reason": reason}, headers=admin)
        item = await suite.rows.one(download.id)
        assert (item.status, item.handed_out_at) == ("queued", None)
        paused = (await suite.http.get(f"{_BASE}/paused-users", headers=admin)).json()["items"]
        assert [(entry["user_id"], entry["reason"]) for entry in paused] == [(str(user), "Another.")]

    async def test_others_are_handed_out_meanwhile(self, suite: Suite, user: UUID, admin: dict[str, str]) -> None:
        await suite.rows.download(user)
        await suite.rows.download(uuid7())
        await suite.http.put(f"{_BASE}/paused-users/{user}", json={}, headers=admin)
        assert await make_scheduler(suite.rows).tick() == 1

    async def test_is_for_administrators_and_for_users_that_are_there(
        self, suite: Suite, user: UUID, admin: dict[str, str]
    ) -> None:
        path = f"{_BASE}/paused-users/{user}"
        assert (await suite.http.put(path, json={}, headers=suite.as_user(user))).status_code == 403
        assert (await suite.http.delete(path, headers=admin)).status_code == 404
        async with suite.rows.work() as work:
            await mark_erased(work.session, user)
        assert (await suite.http.put(path, json={}, headers=admin)).status_code == 404

    async def test_an_erased_user_is_not_remembered_as_put_aside(
        self, suite: Suite, user: UUID, admin: dict[str, str]
    ) -> None:
        await suite.http.put(f"{_BASE}/paused-users/{user}", json={}, headers=admin)
        async with suite.rows.work() as work:
            await work.users.forget(user)
        assert (await suite.http.get(f"{_BASE}/paused-users", headers=admin)).json()["items"] == []


class TestExpiry:
    async def test_goes_with_its_files_when_its_days_are_over_and_not_before(self, suite: Suite, user: UUID) -> None:
        read = await submitted(suite, user, keep_days=3)
        assert (read["keep_days"], read["expires_at"]) == (3, None)
        folder = suite.media / str(user) / str(read["id"])
        folder.mkdir(parents=True)
        (folder / "film.mp4").write_bytes(b"x")
        done = "update downloads set status = 'completed', completed_at = now() - cast(:ago as interval)"
        await execute(suite.rows, done, ago=timedelta(days=3, hours=-1))
        assert await suite.parts.removing().turn() == 0
        path = f"{_BASE}/{read['id']}"
        shown = (await suite.http.get(path, headers=suite.as_user(user))).json()
        assert shown["expires_at"] is not None
        await execute(suite.rows, done, ago=timedelta(days=3, hours=1))
        assert await suite.parts.removing().turn() == 1
        assert not folder.exists()
        assert (await suite.http.get(path, headers=suite.as_user(user))).status_code == 404
        assert (await suite.rows.facts())[-1] == "medianest.evt.downloads.download.deleted.v1"

    async def test_without_days_it_stays(self, suite: Suite, user: UUID) -> None:
        await suite.rows.download(user, status=DownloadStatus.COMPLETED)
        await execute(suite.rows, "update downloads set completed_at = now() - interval '20 years'")
        assert await suite.parts.removing().turn() == 0


class TestTotals:
    async def test_add_up_ones_own_and_for_administrators_everybodys(
        self, suite: Suite, user: UUID, admin: dict[str, str]
    ) -> None:
        await suite.rows.download(user, items=3, bytes=100, items_completed=2, items_failed=1)
        await suite.rows.download(user, status=DownloadStatus.COMPLETED, bytes=50, items_completed=1)
        await suite.rows.download(uuid7(), bytes=7)
        path = f"{_BASE}/totals"
        mine = (await suite.http.get(path, headers=suite.as_user(user))).json()
        assert mine["downloads"] == {"queued": 1, "completed": 1}
        numbers = (mine["items_total"], mine["items_completed"], mine["items_failed"], mine["bytes"])
        assert numbers == (4, 3, 1, 150)
        everybody = {"scope": "all"}
        assert (await suite.http.get(path, params=everybody, headers=admin)).json()["bytes"] == 157
        assert (await suite.http.get(path, params=everybody, headers=suite.as_user(user))).status_code == 403


class TestLogs:
    async def test_the_end_of_the_log_is_for_administrators(
        self, suite: Suite, user: UUID, admin: dict[str, str]
    ) -> None:
        download = await suite.rows.download(user)
        await execute(suite.rows, "update download_items set log_tail = 'ERROR: raw'")
        path = f"{_BASE}/{download.id}"
        seen = [(await suite.http.get(path, headers=who)).json() for who in (admin, suite.as_user(user))]
        assert [read["items"][0]["log_tail"] for read in seen] == ["ERROR: raw", None]

    async def test_that_of_a_list_which_could_not_be_read_too(
        self, suite: Suite, user: UUID, admin: dict[str, str], tmp_path: Path
    ) -> None:
        feed = tmp_path / "feed.json"
        feed.write_text(json.dumps({"failed": "Unsupported URL: x"}))
        path = f"{_BASE}/{(await submitted(suite, user, url=f'https://youtu.be/x?at={feed}'))['id']}"
        seen = [(await suite.http.get(path, headers=who)).json() for who in (admin, suite.as_user(user))]
        assert [read["log_tail"] for read in seen] == ["ERROR: Unsupported URL: x\n", None]
        again = await suite.http.post(f"{path}/retry", headers=admin)
        assert (again.json()["status"], again.json()["log_tail"]) == ("queued", None)


def _ready(check: str) -> float | None:
    return REGISTRY.get_sample_value("medianest_downloads_ready", {"check": check})


class TestReadiness:
    _GOOD: ClassVar[dict[str, str]] = {
        "yt_dlp": "2026.08.19",
        "ejs": "0.8.0",
        "deno": "2.4.1",
        "ffmpeg": "7.0",
        "ffprobe": "7.0",
    }

    @pytest.mark.parametrize(
        ("changed", "bad"),
        [
            ({}, set()),
            ({"yt_dlp": "2026.06.09"}, {"yt_dlp"}),
            ({"yt_dlp": "unknown"}, {"yt_dlp"}),
            ({"yt_dlp": None}, {"yt_dlp"}),
            ({"deno": "2.2.9"}, {"js_runtime"}),
            ({"deno": None, "ejs": None}, {"js_runtime", "ejs"}),
            ({"ffprobe": None}, {"ffprobe"}),
        ],
    )
    def test_names_what_is_missing_or_too_old(self, changed: dict[str, str | None], bad: set[str]) -> None:
        versions = {name: version for name, version in (self._GOOD | changed).items() if version is not None}
        assert {check.name for check in tool_checks(versions, date(2026, 9, 1)) if not check.ok} == bad

    def test_a_version_grows_too_old(self) -> None:
        checks = {check.name: check for check in tool_checks(self._GOOD, date(2026, 11, 23))}
        assert not checks["yt_dlp"].ok
        assert "96 days" in checks["yt_dlp"].detail

    def test_the_workers_tools_count_and_the_bad_one_is_named(self) -> None:
        workers = {"attic-1": self._GOOD, "cellar-2": self._GOOD | {"yt_dlp": "2026.06.09"}}
        checks = {check.name: check for check in worst_tools(self._GOOD, workers, date(2026, 9, 1))}
        assert {name for name, check in checks.items() if not check.ok} == {"yt_dlp"}
        assert checks["yt_dlp"].detail.startswith("Worker cellar-2: 2026.06.09 ")
        assert checks["ffmpeg"].detail == "7.0"

    async def test_a_worker_without_its_tools_is_told_by_page_and_metric(
        self, suite: Suite, admin: dict[str, str]
    ) -> None:
        old = {"yt_dlp": "2020.01.01", "ffmpeg": "7.0"}
        suite.parts.board.hear(announcement(versions=old))
        body = (await suite.http.get(f"{_BASE}/readiness", headers=admin)).json()
        checks = {check["name"]: check for check in body["checks"]}
        assert {name for name in ("ejs", "js_runtime", "ffmpeg", "ffprobe") if not checks[name]["ok"]} == {
            "ejs",
            "js_runtime",
            "ffprobe",
        }
        assert checks["ffprobe"]["detail"].startswith("Worker w1: ")
        assert _ready("ffprobe") == 0

        good = await asyncio.to_thread(tool_versions, suite.media / ".work" / ".tools")
        suite.parts.board.hear(announcement(version=2, versions=good))
        await suite.parts.readiness.glance()
        assert _ready("ffprobe") == 1

    def test_an_open_guard_and_absent_workers_are_no_readiness(self) -> None:
        assert not guard_check(private_reachable=True).ok
        assert not workers_check(0).ok
        assert workers_check(2).ok

    async def test_an_administrator_reads_it(self, suite: Suite, user: UUID, admin: dict[str, str]) -> None:
        path = f"{_BASE}/readiness"
        assert (await suite.http.get(path, headers=suite.as_user(user))).status_code == 403
        body = (await suite.http.get(path, headers=admin)).json()
        checks = {check["name"]: check["ok"] for check in body["checks"]}
        assert checks["ffmpeg"]
        assert checks["js_runtime"]
        assert (checks["egress_guard"], checks["workers"], body["ready"]) == (False, False, False)
