"""Checks of follows: what is new, and what goes wrong."""

from uuid import UUID

from medianest_common.contracts.downloads import DownloadStatus, InPlex

from .feeds import DOWNLOADS, Channel, channel, learn
from .test_follows import BASE
from .test_scheduling import execute

__all__ = ["channel"]


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
            f"{DOWNLOADS}/{read['download_id']}", headers=channel.suite.as_user(channel.user)
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
