"""A worker's steps on the rows, in the workers' narrow role: leases and fencing."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from medianest_common.contracts.downloads import DownloadStatus, InPlex, ItemStatus, RunItem
from medianest_common.ids import uuid7
from medianest_common.inbox import mark_erased
from medianest_downloader.domain import failures
from medianest_downloader.domain.nfo import Description
from medianest_downloader.domain.wishes import Wish
from medianest_downloader.service.produced import Files, Paths, Produced
from medianest_downloader.service.runs import Assignment, Runs, Standing
from medianest_downloader.service.views import item_read

from .conftest import Rows
from .test_scheduling import execute, make_scheduler

_ABOUT = Description("A film", "youtube", "abc")
_PRODUCED = Produced(_ABOUT, Files(Path("a.mp4")), 12, 1.0, "youtube", "abc")


def put(folder: str, stem: str, produced: Produced) -> Paths:
    return {"media": f"{folder}/{stem}{produced.files.media.suffix}"}


def refuse(folder: str, stem: str, produced: Produced) -> Paths:
    pytest.fail(f"moved files of an item that is not ours: {folder} {stem} {produced}")


async def handed_out(rows: Rows, items: int = 1) -> RunItem:
    """An order, as the scheduler gives it."""
    download = await rows.download(uuid7(), items=items)
    await make_scheduler(rows).tick()
    item = await rows.one(download.id)
    return RunItem(item_id=item.id, attempt=item.attempt, egress="main")


async def claimed(rows: Rows, runs: Runs, items: int = 1) -> Assignment:
    mine = await runs.claim(await handed_out(rows, items))
    assert mine is not None
    return mine


class TestClaim:
    async def test_takes_an_order_up_once(self, rows: Rows) -> None:
        order = await handed_out(rows)
        assert await rows.runs().claim(order) is not None
        assert await rows.runs("w2").claim(order) is None
        assert "medianest.evt.downloads.item.started.v1" in await rows.facts()

    async def test_refuses_an_order_of_an_earlier_attempt(self, rows: Rows) -> None:
        order = await handed_out(rows)
        assert await rows.runs().claim(order.model_copy(update={"attempt": order.attempt + 1})) is None

    async def test_refuses_an_item_of_an_erased_user(self, rows: Rows) -> None:
        order = await handed_out(rows)
        async with rows.work() as work:
            item = await (await work.session.connection()).execute(text("select user_id from download_items"))
            await mark_erased(work.session, item.scalar_one())
        assert await rows.runs().claim(order) is None


class TestFencing:
    async def _taken_over(self, rows: Rows) -> tuple[Assignment, Runs]:
        """An item that a worker held, was cut off from, and that another holds now."""
        slow = rows.runs("slow")
        mine = await claimed(rows, slow)
        await execute(rows, "update download_items set lease_until = now() - interval '1 second'")
        await make_scheduler(rows).tick()
        again = RunItem(item_id=mine.item_id, attempt=mine.attempt + 1, egress="main")
        assert await rows.runs("other").claim(again) is not None
        return mine, slow

    async def test_a_worker_that_was_cut_off_cannot_renew(self, rows: Rows) -> None:
        mine, slow = await self._taken_over(rows)
        assert await slow.renew(mine, Standing()) is False

    async def test_a_worker_that_was_cut_off_moves_nothing(self, rows: Rows) -> None:
        mine, slow = await self._taken_over(rows)
        assert await slow.complete(mine, _PRODUCED, refuse) is False
        assert (await rows.one(mine.download_id)).status == ItemStatus.RUNNING

    async def test_a_worker_that_was_cut_off_fails_and_releases_nothing(self, rows: Rows) -> None:
        mine, slow = await self._taken_over(rows)
        await slow.fail(mine, failures.PRIVATE, "")
        await slow.release(mine)
        item = await rows.one(mine.download_id)
        assert (item.status, item.worker_id) == (ItemStatus.RUNNING, "other")

    async def test_nothing_is_moved_for_an_erased_user(self, rows: Rows) -> None:
        runs = rows.runs()
        mine = await claimed(rows, runs)
        async with rows.work() as work:
            await mark_erased(work.session, mine.user_id)
        assert await runs.complete(mine, _PRODUCED, refuse) is False


async def test_speed_and_what_is_left_of_the_time_are_shown_while_it_runs(rows: Rows) -> None:
    runs = rows.runs()
    mine = await claimed(rows, runs)
    assert await runs.renew(mine, Standing(0.25, downloaded_bytes=10, total_bytes=40, speed=5.0, eta=6.0))
    running = item_read(await rows.one(mine.download_id))
    await runs.release(mine)
    waiting = item_read(await rows.one(mine.download_id))
    assert (running.progress, running.downloaded_bytes, running.total_bytes) == (0.25, 10, 40)
    assert [(each.speed, each.eta) for each in (running, waiting)] == [(5.0, 6.0), (None, None)]


class TestComplete:
    async def test_settles_the_download_and_wants_it_in_plex(self, rows: Rows) -> None:
        runs = rows.runs()
        mine = await claimed(rows, runs)
        assert await runs.complete(mine, _PRODUCED, put)
        item, download = await rows.one(mine.download_id), await rows.read(mine.download_id)
        assert download is not None
        assert (item.status, item.in_plex, item.bytes) == (ItemStatus.COMPLETED, InPlex.WAITING, 12)
        assert item.file_paths == {"media": f"{mine.user_id}/{mine.download_id}/A film [abc].mp4"}
        assert (download.status, download.progress, download.bytes) == (DownloadStatus.COMPLETED, 100, 12)
        assert download.in_plex_due_at is not None
        assert (await rows.facts())[-1] == "medianest.evt.downloads.download.completed.v1"

    async def test_two_videos_of_one_name_lie_beside_each_other(self, rows: Rows) -> None:
        runs = rows.runs()
        first = await claimed(rows, runs, items=2)
        second = (await rows.items(first.download_id))[1]
        other = await runs.claim(RunItem(item_id=second.id, attempt=second.attempt, egress="main"))
        assert other is not None
        assert await runs.complete(first, _PRODUCED, put)
        assert await runs.complete(other, _PRODUCED, put)
        stems = [item.file_stem for item in await rows.items(first.download_id)]
        assert stems == ["A film [abc]", "A film [abc] (2)"]

    async def test_a_move_that_fails_leaves_the_item_running(self, rows: Rows) -> None:
        def full(folder: str, stem: str, produced: Produced) -> Paths:
            raise OSError(28, f"no space for {folder}/{stem} of {produced.size}")

        runs = rows.runs()
        mine = await claimed(rows, runs)
        with pytest.raises(OSError, match="no space"):
            await runs.complete(mine, _PRODUCED, full)
        assert (await rows.one(mine.download_id)).status == ItemStatus.RUNNING

    async def test_the_video_is_found_in_the_archive_from_then_on(self, rows: Rows) -> None:
        runs = rows.runs()
        mine = await claimed(rows, runs)
        await runs.complete(mine, _PRODUCED, put)
        assert [known.item_id for known in await runs.archived("youtube", "abc", Wish("1080p"))] == [mine.item_id]
        assert await runs.archived("youtube", "abc", Wish("720p")) == []


class TestFail:
    async def test_a_temporary_failure_waits_for_its_time(self, rows: Rows) -> None:
        runs = rows.runs()
        mine = await claimed(rows, runs)
        await runs.fail(mine, failures.SITE_TROUBLE, "the end of the log")
        item = await rows.one(mine.download_id)
        assert (item.status, item.reason, item.log_tail) == (ItemStatus.WAITING, "site_trouble", "the end of the log")
        assert item.due_at is not None
        assert "medianest.evt.downloads.item.delayed.v1" in await rows.facts()
        assert await make_scheduler(rows).tick() == 0

    async def test_a_permanent_failure_ends_the_item_with_its_reason(self, rows: Rows) -> None:
        runs = rows.runs()
        mine = await claimed(rows, runs)
        await runs.fail(mine, failures.PRIVATE, "")
        item, download = await rows.one(mine.download_id), await rows.read(mine.download_id)
        assert (item.status, item.reason) == (ItemStatus.FAILED, "private_video")
        assert download is not None
        assert download.status == DownloadStatus.FAILED

    async def test_a_flagged_address_pauses_the_whole_lane_and_longer_the_second_time(self, rows: Rows) -> None:
        runs = rows.runs()
        mine = await claimed(rows, runs, items=2)
        await runs.fail(mine, failures.FLAGGED, "")
        async with rows.work() as work:
            lane, now = await work.lanes.get("main"), await work.now()
        assert lane is not None
        assert lane.paused
        assert lane.paused_until is not None
        assert 3.9 < (lane.paused_until - now).total_seconds() / 3600 < 4.1
        assert lane.strikes == 1
        assert "medianest.evt.downloads.lane.paused.v1" in await rows.facts()

    async def test_a_lane_is_wide_again_after_a_success(self, rows: Rows) -> None:
        async with rows.work() as work:
            lane = await work.lanes.locked("main")
            lane.slow, lane.strikes = True, 2
        runs = rows.runs()
        await runs.complete(await claimed(rows, runs), _PRODUCED, put)
        async with rows.work() as work:
            lane = await work.lanes.locked("main")
            assert (lane.slow, lane.strikes) == (False, 0)


async def test_a_released_item_is_handed_out_again_at_once(rows: Rows) -> None:
    runs = rows.runs()
    mine = await claimed(rows, runs)
    await runs.release(mine)
    assert await make_scheduler(rows).tick() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "select * from users",
        "select * from inbox",
        "select payload from outbox",
        "delete from download_items",
        "update download_items set attempt = 9",
        "update download_items set url = 'https://evil.example/'",
        "update downloads set user_id = gen_random_uuid()",
        "insert into downloads (id) values (gen_random_uuid())",
        "delete from erased_users",
    ],
)
async def test_the_workers_role_can_do_no_more_than_a_worker_does(rows: Rows, statement: str) -> None:
    async with rows.worker_engine.connect() as connection:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(text(statement))
