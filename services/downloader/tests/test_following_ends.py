"""What a follow lets go, and what is left when it ends."""

from uuid import UUID

from medianest_common.contracts.auth import UserState, UserStatus
from medianest_common.contracts.downloads import InPlex
from medianest_common.contracts.permissions import Role
from medianest_common.inbox import mark_erased

from .feeds import Channel, channel
from .test_follows import BASE
from .test_scheduling import execute

__all__ = ["channel"]


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
