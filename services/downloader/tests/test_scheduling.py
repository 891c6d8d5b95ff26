"""Handing items out, on a real database."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from medianest_common.contracts.downloads import DownloadStatus, ItemStatus, RunItem, WorkerSlots
from medianest_common.ids import uuid7
from medianest_downloader.models import KnownUser
from medianest_downloader.repository.work import Work
from medianest_downloader.service.quotas import Quotas
from medianest_downloader.service.scheduling import Scheduler
from medianest_downloader.service.slots import SlotBoard

from .conftest import Rows, meanwhile


def announcement(worker: str = "w1", slots: int = 3, version: int = 1, **more: Any) -> WorkerSlots:
    values: dict[str, Any] = {"egress": "main"} | more
    return WorkerSlots(audience=("role:admin",), version=version, worker_id=worker, slots=slots, **values)


def make_scheduler(rows: Rows, *announced: WorkerSlots, egress_slots: int = 3, per_user: int = 10) -> Scheduler:
    board = SlotBoard()
    for said in announced or (announcement(),):
        board.hear(said)
    return Scheduler(
        rows.work,
        board,
        Quotas(10**9),
        egress_slots=egress_slots,
        per_user=per_user,
        max_file_bytes=10**9,
        wake=asyncio.Event(),
    )


async def handed_out(rows: Rows) -> list[UUID]:
    """Users in the order their items were handed out, by the orders in the outbox."""
    async with rows.work() as work:
        orders = await (await work.session.connection()).execute(
            text("select payload from outbox where subject like 'medianest.cmd.%' order by id")
        )
        owners = await (await work.session.connection()).execute(text("select id, user_id from download_items"))
        by_item = {row.id: row.user_id for row in owners}
        return [by_item[RunItem.model_validate_json(row.payload).item_id] for row in orders]


async def end_one(rows: Rows, user: UUID) -> None:
    """One of the user's items comes to its end."""
    await execute(
        rows,
        "update download_items set status = 'completed', handed_out_at = null where id = (select id from download_items"
        " where user_id = :user and handed_out_at is not null limit 1)",
        user=user,
    )


async def execute(rows: Rows, statement: str, **values: object) -> None:
    async with rows.work() as work:
        await (await work.session.connection()).execute(text(statement), values)


class TestFairness:
    async def test_a_single_video_is_next_after_five_hundred_of_another(self, rows: Rows) -> None:
        one, other = uuid7(), uuid7()
        await rows.download(one, items=500)
        scheduler = make_scheduler(rows)
        assert await scheduler.tick() == 3
        await rows.download(other)
        assert await scheduler.tick() == 0
        await end_one(rows, one)
        assert await scheduler.tick() == 1
        assert await handed_out(rows) == [one, one, one, other]

    async def test_ones_own_single_video_goes_before_ones_own_playlist(self, rows: Rows) -> None:
        user = uuid7()
        await rows.download(user, items=5)
        scheduler = make_scheduler(rows, announcement(slots=1))
        assert await scheduler.tick() == 1
        single = await rows.download(user)
        await end_one(rows, user)
        assert await scheduler.tick() == 1
        assert (await rows.one(single.id)).handed_out_at is not None

    async def test_two_playlists_interleave(self, rows: Rows) -> None:
        one, other = uuid7(), uuid7()
        await rows.download(one, items=5)
        await rows.download(other, items=5)
        scheduler = make_scheduler(rows, announcement(slots=1))
        for _ in range(6):
            await scheduler.tick()
            for user in (one, other):
                await end_one(rows, user)
        assert await handed_out(rows) == [one, other] * 3

    async def test_nobody_gets_more_than_their_limit(self, rows: Rows) -> None:
        await rows.download(uuid7(), items=5)
        assert await make_scheduler(rows, per_user=2).tick() == 2

    async def test_a_suspended_user_gets_nothing(self, rows: Rows) -> None:
        user = uuid7()
        await rows.download(user)
        async with rows.work() as work:
            await work.users.learn(KnownUser(user_id=user, status="suspended", version=1))
        assert await make_scheduler(rows).tick() == 0


class TestMeanwhile:
    """What changes between the choice of an item and its lock."""

    @pytest.mark.parametrize("held", ["the download", "the user"])
    async def test_what_is_paused_is_not_handed_out(self, rows: Rows, held: str) -> None:
        user = uuid7()
        await rows.download(user)

        async def pause() -> None:
            if held == "the download":
                await execute(rows, "update downloads set status = 'paused'")
            else:
                await execute(rows, "insert into user_pauses values (:user, 'Too much.', now())", user=user)

        with meanwhile(rows.engine, "with busy", pause):
            assert await make_scheduler(rows).tick() == 0
        assert await handed_out(rows) == []

    async def test_a_lane_that_is_paused_anew_does_not_reopen(self, rows: Rows) -> None:
        await rows.download(uuid7())
        async with rows.work() as work:
            lane = await work.lanes.locked("main")
            lane.paused, lane.paused_until = True, await work.now() - timedelta(seconds=1)

        async def pause() -> None:
            await execute(rows, "update lanes set paused_until = null, reason = 'By hand.', version = version + 1")

        with meanwhile(rows.engine, "from lanes", pause):
            assert await make_scheduler(rows).tick() == 0
        async with rows.work() as work:
            assert [(lane.paused, lane.reason) for lane in await work.lanes.all()] == [(True, "By hand.")]


class TestSlots:
    async def test_nothing_is_handed_out_without_a_worker(self, rows: Rows) -> None:
        await rows.download(uuid7())
        assert await make_scheduler(rows, announcement(slots=0)).tick() == 0

    async def test_the_way_out_has_its_own_limit_however_many_workers(self, rows: Rows) -> None:
        await rows.download(uuid7(), items=20)
        scheduler = make_scheduler(rows, announcement("w1"), announcement("w2"), egress_slots=4)
        assert await scheduler.tick() == 4
        assert await scheduler.tick() == 0

    async def test_each_way_out_has_its_own_slots_and_its_own_pause(self, rows: Rows) -> None:
        await rows.download(uuid7(), items=20)
        ways = announcement("w1"), announcement("w2", egress="other")
        scheduler = make_scheduler(rows, *ways, egress_slots=2)
        async with rows.work() as work:
            (await work.lanes.locked("main")).paused = True
            assert await work.lanes.all_paused()
        assert await scheduler.tick() == 2
        async with rows.work() as work:
            assert not await work.lanes.all_paused()
        await execute(rows, "update lanes set paused = false")
        assert await scheduler.tick() == 2
        assert await scheduler.tick() == 0
        async with rows.work() as work:
            assert await work.scheduling.in_flight() == {"main": 2, "other": 2}

    async def test_a_draining_worker_gets_nothing_new(self, rows: Rows) -> None:
        await rows.download(uuid7(), items=5)
        scheduler = make_scheduler(rows, announcement("w1", draining=True), announcement("w2", slots=2))
        assert await scheduler.tick() == 2

    async def test_a_silent_worker_is_forgotten(self) -> None:
        now = [0.0]
        board = SlotBoard(clock=lambda: now[0])
        board.hear(announcement())
        now[0] = 8.0
        assert board.egresses() == []

    async def test_while_another_replica_schedules_this_one_does_not(self, rows: Rows) -> None:
        await rows.download(uuid7())
        async with rows.work() as other:
            assert await other.scheduling.is_ours()
            assert await make_scheduler(rows).tick() == 0

    async def test_two_schedulers_at_once_hand_nothing_out_twice(self, rows: Rows) -> None:
        await rows.download(uuid7(), items=6)
        scheduler = make_scheduler(rows, egress_slots=3)
        await asyncio.gather(*(scheduler.tick() for _ in range(5)))
        assert len(await handed_out(rows)) == 3

    async def test_an_item_that_is_not_due_waits(self, rows: Rows) -> None:
        await rows.download(uuid7())
        await execute(rows, "update download_items set status = 'waiting', due_at = now() + interval '1 minute'")
        scheduler = make_scheduler(rows)
        assert await scheduler.tick() == 0
        await execute(rows, "update download_items set due_at = now() - interval '1 second'")
        assert await scheduler.tick() == 1


class TestLanes:
    async def test_a_paused_lane_hands_out_nothing_and_reopens_by_itself_one_at_a_time(self, rows: Rows) -> None:
        await rows.download(uuid7(), items=5)
        async with rows.work() as work:
            lane = await work.lanes.locked("main")
            lane.paused, lane.paused_until = True, await work.now() + timedelta(hours=1)
        scheduler = make_scheduler(rows)
        assert await scheduler.tick() == 0
        await execute(rows, "update lanes set paused_until = now() - interval '1 second'")
        assert await scheduler.tick() == 1
        assert "medianest.evt.downloads.lane.resumed.v1" in await rows.facts()


class TestLost:
    async def _lose(self, rows: Rows, *, tries: int = 0) -> UUID:
        download = await rows.download(uuid7())
        await execute(
            rows,
            "update download_items set status = 'running', attempt = 1, egress = 'main', worker_id = 'gone',"
            " lease_until = now() - interval '1 second', tries = :tries",
            tries=tries,
        )
        return download.id

    async def test_an_item_whose_lease_ran_out_is_handed_out_anew(self, rows: Rows) -> None:
        download_id = await self._lose(rows)
        assert await make_scheduler(rows).tick() == 1
        item = await rows.one(download_id)
        assert (item.status, item.attempt, item.worker_id) == (ItemStatus.QUEUED, 2, None)

    async def test_an_item_that_keeps_killing_its_workers_is_given_up(self, rows: Rows) -> None:
        download_id = await self._lose(rows, tries=7)
        assert await make_scheduler(rows).tick() == 0
        download = await rows.read(download_id)
        assert download is not None
        assert download.status == DownloadStatus.FAILED

    async def test_an_order_nobody_takes_up_is_withdrawn(self, rows: Rows) -> None:
        download = await rows.download(uuid7())
        scheduler = make_scheduler(rows)
        await scheduler.tick()
        await execute(rows, "update download_items set handed_out_at = now() - interval '11 seconds'")
        assert await scheduler.tick() == 1
        assert (await rows.one(download.id)).attempt == 2


class TestQuota:
    async def test_the_order_carries_what_is_left_of_the_storage(self, rows: Rows) -> None:
        user = uuid7()
        download = await rows.download(user, items=2)
        async with rows.work() as work:
            await work.users.learn(KnownUser(user_id=user, quota_bytes=1000, version=1))
        await execute(rows, "update download_items set status = 'completed', bytes = 900 where position = 2")
        await make_scheduler(rows).tick()
        assert (await rows.one(download.id)).max_bytes == 100


async def test_the_backlog_counts_what_could_run_now(rows: Rows) -> None:
    await rows.download(uuid7(), items=4)
    await rows.download(uuid7(), items=9, status=DownloadStatus.PAUSED)
    put_aside, suspended = uuid7(), uuid7()
    for user in (put_aside, suspended):
        await rows.download(user, items=7)
    async with rows.work() as work:
        assert isinstance(work, Work)
        await work.users.pause(put_aside, "Too much.")
        await work.users.learn(KnownUser(user_id=suspended, status="suspended", version=1))
        assert await work.scheduling.backlog() == 4
