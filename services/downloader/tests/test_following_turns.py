"""Whose follow is checked when, beside whom its videos wait, and who has to say yes."""

import asyncio
from uuid import UUID

from medianest_common.contracts.permissions import Role
from medianest_common.ids import uuid7

from .feeds import DOWNLOADS, Channel, channel, claims, learn
from .test_follows import BASE
from .test_scheduling import execute, make_scheduler

__all__ = ["channel"]


class TestTurns:
    async def test_nothing_is_checked_before_it_is_due(self, channel: Channel) -> None:
        await channel.follow("a", every_hours=10)
        following = channel.suite.parts.following()
        assert await following.turn()
        assert not await following.turn()
        async with channel.suite.rows.work() as work:
            follow = await work.follows.get(UUID(channel.id))
            assert follow is not None
            wait = (follow.next_check_at - await work.now()).total_seconds() / 3600
        assert 9.4 < wait < 10.6

    async def test_several_at_once_check_it_once(self, channel: Channel) -> None:
        await channel.follow("a", "b", start="all")
        turns = await asyncio.gather(*(channel.suite.parts.following().turn() for _ in range(3)))
        assert turns.count(True) == 1
        assert await channel.titles() == ["a", "b"]

    async def test_a_checker_that_was_killed_is_followed_by_another(self, channel: Channel) -> None:
        await channel.follow("a", start="all")
        await execute(channel.suite.rows, "update follows set claimed_until = now() + interval '1 minute'")
        following = channel.suite.parts.following()
        assert not await following.turn()
        await execute(channel.suite.rows, "update follows set claimed_until = now() - interval '1 second'")
        assert await following.turn()
        assert await channel.titles() == ["a"]

    async def test_a_check_that_was_asked_for_during_one_comes_after_it(self, channel: Channel) -> None:
        await channel.follow("a")
        rows, following = channel.suite.rows, channel.suite.parts.following()
        checking = asyncio.create_task(following.turn())
        while await claims(channel) == 0:
            await asyncio.sleep(0.005)
        await channel.suite.http.post(f"{BASE}/{channel.id}/check", headers=channel.suite.as_user(channel.user))
        await checking
        async with rows.work() as work:
            follow = await work.follows.get(UUID(channel.id))
            assert follow is not None
            assert (follow.next_check_at - await work.now()).total_seconds() < 61

    async def test_a_result_that_comes_too_late_counts_nothing(self, channel: Channel) -> None:
        await channel.follow("a", start="all")
        checking = asyncio.create_task(channel.suite.parts.following().turn())
        while await claims(channel) == 0:
            await asyncio.sleep(0.005)
        await execute(channel.suite.rows, "update follows set claimed_until = now() + interval '9 minutes'")
        await checking
        assert await channel.download() is None

    async def test_pausing_it_in_the_middle_of_a_check_holds(self, channel: Channel) -> None:
        await channel.follow("a", start="all")
        checking = asyncio.create_task(channel.suite.parts.following().turn())
        while await claims(channel) == 0:
            await asyncio.sleep(0.005)
        path = f"{BASE}/{channel.id}"
        await channel.suite.http.patch(path, json={"paused": True}, headers=channel.suite.as_user(channel.user))
        await checking
        assert (await channel.read())["status"] == "paused"
        assert await channel.download() is None

    async def test_nobody_checks_for_whoever_is_put_aside_or_while_every_way_out_is_paused(
        self, channel: Channel
    ) -> None:
        await channel.follow("a")
        following, rows = channel.suite.parts.following(), channel.suite.rows
        await learn(channel, status="suspended", version=1)
        assert not await following.turn()
        await learn(channel, status="active", version=2)
        async with rows.work() as work:
            await work.users.pause(channel.user, "Too much.")
        assert not await following.turn()
        async with rows.work() as work:
            await work.users.resume(channel.user)
            (await work.lanes.locked("main")).paused = True
        assert not await following.turn()
        await execute(rows, "update lanes set paused = false")
        assert await following.turn()


class TestFairness:
    async def test_another_users_single_video_is_next_after_all_videos_of_a_channel(self, channel: Channel) -> None:
        await channel.follow(*(f"v{number}" for number in range(50)), start="all")
        await channel.check()
        scheduler = make_scheduler(channel.suite.rows, egress_slots=1)
        assert await scheduler.tick() == 1
        other = await channel.suite.rows.download(uuid7())
        await execute(
            channel.suite.rows,
            "update download_items set status = 'completed', handed_out_at = null where handed_out_at is not null",
        )
        assert await scheduler.tick() == 1
        assert (await channel.suite.rows.one(other.id)).handed_out_at is not None


class TestApproval:
    async def test_an_administrators_yes_holds_for_all_that_comes(self, channel: Channel) -> None:
        await learn(channel, downloads_need_approval=True, version=1)
        await channel.follow("a", start="all")
        read = await channel.check()
        assert read["problem"] == "An administrator has to approve its videos first."
        assert await make_scheduler(channel.suite.rows).tick() == 0
        admin = channel.suite.as_user(uuid7(), Role.ADMIN)
        await channel.suite.http.post(f"{DOWNLOADS}/{read['download_id']}/approve", headers=admin)
        channel.show("a", "b")
        await channel.check()
        assert await make_scheduler(channel.suite.rows).tick() == 2

    async def test_a_no_puts_the_follow_aside_with_the_reason(self, channel: Channel) -> None:
        await learn(channel, downloads_need_approval=True, version=1)
        await channel.follow("a", start="all")
        read = await channel.check()
        admin = channel.suite.as_user(uuid7(), Role.ADMIN)
        path = f"{DOWNLOADS}/{read['download_id']}/decline"
        await channel.suite.http.post(path, json={"reason": "Not this one."}, headers=admin)
        after = await channel.read()
        assert (after["status"], after["problem"]) == ("paused", "Not this one.")
        retry = f"{DOWNLOADS}/{read['download_id']}/retry"
        again = await channel.suite.http.post(retry, headers=channel.suite.as_user(channel.user))
        assert again.json()["status"] == "waiting_approval"
