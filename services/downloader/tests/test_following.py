"""Checks of follows: a real database, a child that lists what the test has written down."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from medianest_common.contracts.auth import UserState, UserStatus
from medianest_common.contracts.downloads import DownloadStatus, InPlex, ItemStatus
from medianest_common.contracts.permissions import Role
from medianest_common.ids import uuid7
from medianest_common.inbox import mark_erased
from medianest_downloader.models import Download, DownloadItem, KnownUser
from medianest_downloader.service.settling import settle

from .conftest import Suite
from .test_follows import BASE, followed
from .test_scheduling import execute, make_scheduler

_DOWNLOADS = "/api/v1/downloads"


@pytest.fixture
def user() -> UUID:
    return uuid7()


@dataclass
class Channel:
    """A user's follow of a feed that the test writes."""

    suite: Suite
    user: UUID
    file: Path
    id: str = ""

    async def follow(self, *videos: str, **body: Any) -> "Channel":
        self.show(*videos)
        read = await followed(self.suite, self.user, url=f"https://youtu.be/feed?at={self.file}", **body)
        self.id = str(read["id"])
        return self

    def show(self, *videos: str, kind: str = "playlist", **more: Any) -> None:
        """The feed in its order; a video's title is its id, or what stands after `|`."""
        entries = [self._entry(video) | more for video in videos]
        self.file.write_text(json.dumps({"kind": kind, "title": "A feed", "entries": entries}))

    def _entry(self, video: str) -> dict[str, Any]:
        name, _, title = video.partition("|")
        return {"id": name, "url": f"https://youtu.be/{name}", "title": title or name}

    def fail(self, text: str) -> None:
        self.file.write_text(json.dumps({"failed": text}))

    async def check(self) -> dict[str, Any]:
        """Make it due, check it, and read it."""
        await execute(self.suite.rows, "update follows set next_check_at = now() - interval '1 s'")
        await self.suite.parts.following().turn()
        return await self.read()

    async def read(self) -> dict[str, Any]:
        answer = await self.suite.http.get(f"{BASE}/{self.id}", headers=self.suite.as_user(self.user))
        read: dict[str, Any] = answer.json()
        return read

    async def download(self) -> Download | None:
        async with self.suite.rows.work() as work:
            return await work.follows.download(UUID(self.id))

    async def items(self) -> list[DownloadItem]:
        download = await self.download()
        return await self.suite.rows.items(download.id) if download is not None else []

    async def titles(self) -> list[str]:
        return [item.title for item in await self.items()]

    async def fetched(self, *titles: str) -> None:
        """Those videos have been fetched, with a file each, and Plex shows them."""
        async with self.suite.rows.work() as work:
            download = await work.follows.download(UUID(self.id), lock=True)
            assert download is not None
            for item in await work.items.of_download(download.id, lock=True):
                if item.title in titles:
                    item.status, item.bytes, item.completed_at = ItemStatus.COMPLETED, 10, await work.now()
                    item.plex_rating_key, item.in_plex = f"key-{item.title}", InPlex.DONE
                    item.file_paths = {"media": self._write(download, f"{item.title}.mp4")}
                    item.file_paths |= {"poster": self._write(download, f"{item.title}.jpg")}
            download.in_plex = InPlex.DONE
            await settle(work, download, await work.now())

    def _write(self, download: Download, name: str) -> str:
        relative = f"{self.user}/{download.id}/{name}"
        (self.suite.media / relative).parent.mkdir(parents=True, exist_ok=True)
        (self.suite.media / relative).write_bytes(b"0123456789")
        return relative

    def files(self) -> list[str]:
        return sorted(path.name for path in self.suite.media.rglob("*.*") if str(self.user) in str(path))


@pytest.fixture
def channel(suite: Suite, user: UUID, tmp_path: Path) -> Channel:
    return Channel(suite, user, tmp_path / "feed.json")


class TestNews:
    async def test_what_was_there_stays_there_and_what_comes_is_taken_in_order(self, channel: Channel) -> None:
        await channel.follow("a", "b")
        first = await channel.check()
        assert (first["title"], first["kind"], first["status"], first["videos_found"]) == (
            "A feed",
            "playlist",
            "active",
            0,
        )
        assert await channel.download() is None
        channel.show("a", "b", "c", "d")
        read = await channel.check()
        assert await channel.titles() == ["c", "d"]
        assert (read["videos_found"], read["videos_kept"], read["collection"]) == (2, 0, "A feed")
        facts = await channel.suite.rows.facts()
        assert "medianest.evt.downloads.download.submitted.v1" in facts
        assert facts[-1] == "medianest.evt.downloads.follow.changed.v1"

    async def test_everything_is_taken_when_that_was_asked_for(self, channel: Channel) -> None:
        body = {"collection": "", "preset": "720p", "playlist": True, "subtitles": ["en"], "sponsorblock": ["intro"]}
        await channel.follow("a", "b", start="all", **body)
        await channel.check()
        download = await channel.download()
        assert await channel.titles() == ["a", "b"]
        assert download is not None
        assert (download.collection, download.preset, download.wants_playlist) == (None, "720p", True)
        assert (download.subtitles, download.sponsorblock) == (["en"], ["intro"])

    async def test_a_channel_lists_its_newest_first(self, channel: Channel) -> None:
        await channel.follow(start="all")
        channel.show("c", "b", "a", kind="channel")
        await channel.check()
        assert await channel.titles() == ["a", "b", "c"]

    async def test_a_video_that_came_out_since_is_new_at_the_first_check_too(self, channel: Channel) -> None:
        await channel.follow()
        channel.show("a", published=4_000_000_000)
        await channel.check()
        assert await channel.titles() == ["a"]

    async def test_what_a_feed_loses_doubles_or_reorders_is_no_news(self, channel: Channel) -> None:
        await channel.follow("a", "b", "c", start="all")
        await channel.check()
        for shown in (("c", "b", "a"), ("a", "a", "b", "b"), ("b",), ("c", "a", "b", "a")):
            channel.show(*shown)
            assert (await channel.check())["videos_found"] == 3
        assert await channel.titles() == ["a", "b", "c"]

    async def test_a_private_video_is_new_on_the_day_it_is_public(self, channel: Channel) -> None:
        await channel.follow("a", "b|[Private video]")
        await channel.check()
        channel.show("a", "b")
        await channel.check()
        assert await channel.titles() == ["b"]

    async def test_no_more_is_taken_than_would_stay(self, channel: Channel) -> None:
        await channel.follow("a", "b", "c", start="all", keep_last=2)
        await channel.check()
        await channel.check()
        assert await channel.titles() == ["b", "c"]

    async def test_its_videos_go_on_in_the_same_download_and_into_plex_again(self, channel: Channel) -> None:
        await channel.follow("a", start="all")
        await channel.check()
        await channel.fetched("a")
        before = await channel.download()
        channel.show("a", "b")
        await channel.check()
        after = await channel.download()
        assert before is not None
        assert after is not None
        assert (after.id, before.status, after.status) == (before.id, DownloadStatus.COMPLETED, DownloadStatus.RUNNING)
        assert (after.in_plex, [item.position for item in await channel.items()]) == (InPlex.WAITING, [1, 2])

    async def test_another_collection_holds_from_the_next_video_on(self, channel: Channel) -> None:
        await channel.follow("a", start="all", collection="One")
        await channel.check()
        await execute(channel.suite.rows, "update downloads set plex_collection_id = '17'")
        path, headers = f"{BASE}/{channel.id}", channel.suite.as_user(channel.user)
        for wish, found in (({"every_hours": 9}, ("One", "17")), ({"collection": "Other"}, ("Other", None))):
            await channel.suite.http.patch(path, json=wish, headers=headers)
            channel.show("a", *wish)
            await channel.check()
            download = await channel.download()
            assert download is not None
            assert (download.collection, download.plex_collection_id) == found

    async def test_a_deleted_download_does_not_bring_its_videos_back(self, channel: Channel) -> None:
        await channel.follow("a", start="all")
        read = await channel.check()
        await channel.suite.http.delete(
            f"{_DOWNLOADS}/{read['download_id']}", headers=channel.suite.as_user(channel.user)
        )
        channel.show("a", "b")
        await channel.check()
        assert await channel.titles() == ["b"]


class TestFailing:
    async def test_an_empty_or_broken_feed_changes_nothing_and_says_why(self, channel: Channel) -> None:
        await channel.follow("a", start="all")
        await channel.check()
        channel.show()
        empty = await channel.check()
        channel.fail("Unsupported URL: x")
        broken = await channel.check()
        assert [read["status"] for read in (empty, broken)] == ["failing", "failing"]
        assert empty["problem"] == "There is no video in it at the moment."
        assert broken["problem"] == "There is no video at this address that can be fetched."
        assert await channel.titles() == ["a"]
        channel.show("a", "b")
        read = await channel.check()
        assert (read["status"], read["problem"]) == ("active", None)
        assert await channel.titles() == ["a", "b"]

    async def test_is_said_once_and_waits_longer_each_time(self, channel: Channel) -> None:
        await channel.follow("a")
        channel.fail("timed out")
        waits = []
        for _ in range(3):
            await channel.check()
            async with channel.suite.rows.work() as work:
                follow = await work.follows.get(UUID(channel.id))
                assert follow is not None
                assert follow.last_checked_at is not None
                waits.append(round((follow.next_check_at - follow.last_checked_at).total_seconds()))
        assert waits == [600, 1200, 2400]
        facts = await channel.suite.rows.facts()
        assert facts.count("medianest.evt.downloads.follow.failed.v1") == 1

    async def test_a_single_video_cannot_be_followed(self, channel: Channel) -> None:
        await channel.follow()
        channel.show("a", kind="video")
        read = await channel.check()
        assert (read["status"], read["problem"]) == (
            "failing",
            "This is a single video. Only channels and playlists can be followed.",
        )

    async def test_a_used_up_storage_holds_videos_back_until_there_is_room(self, channel: Channel) -> None:
        await channel.follow("a", start="all")
        await learn(channel, quota_bytes=0, version=1)
        read = await channel.check()
        assert read["status"] == "failing"
        assert "storage" in read["problem"]
        assert await channel.download() is None
        await learn(channel, quota_bytes=1000, version=2)
        assert (await channel.check())["problem"] is None
        assert await channel.titles() == ["a"]


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
        await channel.suite.http.post(f"{_DOWNLOADS}/{read['download_id']}/approve", headers=admin)
        channel.show("a", "b")
        await channel.check()
        assert await make_scheduler(channel.suite.rows).tick() == 2

    async def test_a_no_puts_the_follow_aside_with_the_reason(self, channel: Channel) -> None:
        await learn(channel, downloads_need_approval=True, version=1)
        await channel.follow("a", start="all")
        read = await channel.check()
        admin = channel.suite.as_user(uuid7(), Role.ADMIN)
        path = f"{_DOWNLOADS}/{read['download_id']}/decline"
        await channel.suite.http.post(path, json={"reason": "Not this one."}, headers=admin)
        after = await channel.read()
        assert (after["status"], after["problem"]) == ("paused", "Not this one.")


class TestKeeping:
    async def test_the_oldest_goes_with_its_files_when_a_newer_one_is_there_and_not_before(
        self, channel: Channel
    ) -> None:
        await channel.follow("a", "b", start="all", keep_last=2)
        await channel.check()
        await channel.fetched("a", "b")
        channel.show("a", "b", "c")
        await channel.check()
        removing = channel.suite.parts.removing()
        assert await removing.turn() == 0
        await channel.fetched("c")
        assert await removing.turn() == 1
        assert await channel.titles() == ["b", "c"]
        assert channel.files() == ["b.jpg", "b.mp4", "c.jpg", "c.mp4"]
        download = await channel.download()
        assert download is not None
        assert (download.bytes, download.plex_dropped, download.in_plex) == (20, ["key-a"], InPlex.WAITING)
        assert (await channel.read())["videos_kept"] == 2
        assert (await channel.check())["videos_found"] == 3

    async def test_days_let_videos_go_and_the_follow_goes_on(self, channel: Channel) -> None:
        await channel.follow("a", start="all", keep_days=3)
        await channel.check()
        await channel.fetched("a")
        removing = channel.suite.parts.removing()
        assert await removing.turn() == 0
        await execute(channel.suite.rows, "update download_items set completed_at = now() - interval '3 days 1 hour'")
        assert await removing.turn() == 1
        assert (await channel.titles(), channel.files()) == ([], [])
        channel.show("a", "b")
        await channel.check()
        assert await channel.titles() == ["b"]


class TestEnding:
    async def test_its_videos_stay_as_a_download_like_any_other(self, channel: Channel) -> None:
        await channel.follow("a", start="all")
        read = await channel.check()
        await channel.fetched("a")
        await channel.suite.http.delete(f"{BASE}/{channel.id}", headers=channel.suite.as_user(channel.user))
        download = await channel.suite.rows.read(UUID(read["download_id"]))
        assert download is not None
        assert (download.follow_id, channel.files()) == (None, ["a.jpg", "a.mp4"])

    async def test_they_go_with_it_when_that_was_asked_for(self, channel: Channel) -> None:
        await channel.follow("a", start="all")
        read = await channel.check()
        await channel.fetched("a")
        path = f"{BASE}/{channel.id}?files=delete"
        await channel.suite.http.delete(path, headers=channel.suite.as_user(channel.user))
        await channel.suite.parts.removing().turn()
        assert await channel.suite.rows.read(UUID(read["download_id"])) is None
        assert channel.files() == []

    async def test_an_erased_user_follows_nothing_any_more(self, channel: Channel) -> None:
        await channel.follow("a", start="all")
        await channel.check()
        erased = UserState(version=9, user_id=channel.user, role=Role.USER, status=UserStatus.ERASED)
        await channel.suite.parts.users.learn(erased)
        async with channel.suite.rows.work() as work:
            assert await work.follows.count(channel.user) == 0
        assert "medianest.evt.downloads.follow.ended.v1" in await channel.suite.rows.facts()

    async def test_an_erased_users_check_brings_nothing_back(self, channel: Channel) -> None:
        await channel.follow("a", start="all")
        async with channel.suite.rows.work() as work:
            await mark_erased(work.session, channel.user)
        await channel.suite.parts.following().turn()
        async with channel.suite.rows.work() as work:
            assert await work.follows.count(channel.user) == 0
            assert not await work.downloads.of_user(channel.user)


async def claims(channel: Channel) -> int:
    async with channel.suite.rows.work() as work:
        follow = await work.follows.get(UUID(channel.id))
        return int(follow is not None and follow.claimed_until is not None)


async def learn(channel: Channel, **known: Any) -> None:
    async with channel.suite.rows.work() as work:
        assert await work.users.learn(KnownUser(user_id=channel.user, **known))
