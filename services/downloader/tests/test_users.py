"""What is heard of users: by service and by the real consumer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import nats
from nats.js import JetStreamContext

from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.auth import UserChanged, UserDeleted, UserState, UserStatus
from medianest_common.contracts.downloads import DownloadStatus, ItemStatus, RunItem
from medianest_common.contracts.envelope import Event
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.streams import DOWNLOADER_FOLLOW_USERS, EVENTS
from medianest_common.ids import uuid7
from medianest_common.inbox import may_keep
from medianest_downloader.models import Download

from .conftest import StartSuite, Suite, until
from .test_scheduling import execute, make_scheduler

_VIDEO = "https://youtu.be/dQw4w9WgXcQ"
_ERASED = "medianest.evt.downloads.user.erased.v1"


async def publish(suite: Suite, event: Event, body: bytes | None = None, message_id: str | None = None) -> None:
    """As the auth service's relay does it."""
    options = {"inbox_prefix": inbox_prefix("auth"), "connect_timeout": 5}
    client = await nats.connect(suite.url_for("auth"), **options)
    headers = {"Nats-Msg-Id": message_id or str(uuid7())}
    await client.jetstream().publish(event.subject, body or event.body(), stream=EVENTS.name, headers=headers)
    await client.close()


def deleted(user_id: UUID) -> UserDeleted:
    return UserDeleted(audience=("role:admin",), version=7, user_id=user_id)


@asynccontextmanager
async def provisioner(suite: Suite) -> AsyncIterator[JetStreamContext]:
    options = {"inbox_prefix": inbox_prefix("provisioner"), "connect_timeout": 5}
    client = await nats.connect(suite.url_for("provisioner"), **options)
    try:
        yield client.jetstream()
    finally:
        await client.close()


async def answers(suite: Suite) -> int:
    """How many erasures were answered."""
    async with provisioner(suite) as js:
        info = await js.stream_info(EVENTS.name, subjects_filter=_ERASED)
        return (info.state.subjects or {}).get(_ERASED, 0)


async def settled(suite: Suite) -> bool:
    """Whether everything that was published has been handled."""
    async with provisioner(suite) as js:
        info = await js.consumer_info(EVENTS.name, DOWNLOADER_FOLLOW_USERS.name)
        return (info.num_pending, info.num_ack_pending) == (0, 0)


class TestErasing:
    async def test_leaves_nothing_answers_once_and_lets_nothing_come_back(self, start_suite: StartSuite) -> None:
        suite = await start_suite()
        user, bystander = uuid7(), uuid7()
        download, kept = await suite.rows.download(user, items=3), await suite.rows.download(bystander)
        await until(make_scheduler(suite.rows).tick)  # the suite's own may be at it
        item = await suite.rows.one(download.id)
        order = RunItem(item_id=item.id, attempt=item.attempt, egress="main")
        folder = suite.media / str(user) / str(download.id)
        folder.mkdir(parents=True)
        (folder / "film.mp4").write_bytes(b"x")
        event = deleted(user)
        await publish(suite, event)
        await publish(suite, event)  # the same once more, past the broker's own window
        await until(lambda: answers(suite))
        assert not (suite.media / str(user)).exists()
        assert await suite.rows.read(download.id) is None
        assert await suite.rows.read(kept.id) is not None
        assert await suite.rows.runs().claim(order) is None
        await until(lambda: settled(suite))
        assert await answers(suite) == 1

    async def test_understands_an_older_payload_and_ignores_what_it_does_not_know(
        self, start_suite: StartSuite
    ) -> None:
        suite = await start_suite()
        user = uuid7()
        event = deleted(user)
        older = event.model_dump_json().replace("{", '{"something_new": 1,', 1).encode()
        await publish(suite, event, older)
        await until(lambda: answers(suite))

    async def test_is_tried_again_when_the_database_was_away(self, start_suite: StartSuite) -> None:
        suite = await start_suite()
        user = uuid7()
        download = await suite.rows.download(user)
        await execute(suite.rows, "alter table erased_users rename to elsewhere")
        await publish(suite, deleted(user))

        async def tried() -> bool:
            async with provisioner(suite) as js:
                return bool((await js.consumer_info(EVENTS.name, DOWNLOADER_FOLLOW_USERS.name)).num_redelivered)

        await until(tried)
        assert await suite.rows.read(download.id) is not None
        await execute(suite.rows, "alter table elsewhere rename to erased_users")

        async def gone() -> bool:
            return await suite.rows.read(download.id) is None

        await until(gone)

    async def test_has_plex_told_that_the_files_are_gone(self, suite: Suite) -> None:
        user = uuid7()
        await suite.parts.users.learn(UserState(version=9, user_id=user, role=Role.USER, status=UserStatus.ERASED))
        async with suite.rows.work() as work:
            assert [removal.folder for removal in await work.downloads.removals(10)] == [str(user)]
        assert await suite.parts.removing().turn() == 1
        async with suite.rows.work() as work:
            assert list(await work.downloads.removals(10)) == []

    async def test_waits_for_what_is_being_taken_and_takes_it_along(self, suite: Suite) -> None:
        user = uuid7()
        erased = UserState(version=9, user_id=user, role=Role.USER, status=UserStatus.ERASED)
        async with suite.rows.work() as work:
            assert await may_keep(work.session, user)
            download = Download(user_id=user, playlist_url="https://youtu.be/x", preset="1080p")
            work.downloads.add(download)
            await work.session.flush()
            erasing = asyncio.create_task(suite.parts.users.learn(erased))
            done, _ = await asyncio.wait({erasing}, timeout=1)
            assert not done
        await erasing
        assert await suite.rows.read(download.id) is None

    async def test_nothing_of_theirs_is_taken_or_learned_any_more(self, suite: Suite) -> None:
        user = uuid7()
        state = UserState(version=9, user_id=user, role=Role.USER, status=UserStatus.ERASED)
        await suite.parts.users.learn(state)
        late = state.model_copy(update={"version": 10, "status": UserStatus.ACTIVE})
        await suite.parts.users.learn(late)
        changed = UserChanged(
            audience=("role:admin",), version=11, user_id=user, role=Role.USER, status=UserStatus.SUSPENDED
        )
        await suite.parts.users.changed(changed)
        answer = await suite.http.post("/api/v1/downloads", json={"url": _VIDEO}, headers=suite.as_user(user))
        assert answer.status_code == 403
        async with suite.rows.work() as work:
            assert await work.users.get(user) is None
            assert await work.downloads.of_user(user) == []


class TestSuspending:
    async def test_stops_what_runs_and_keeps_it(self, start_suite: StartSuite) -> None:
        suite = await start_suite()
        user = uuid7()
        download = await suite.rows.download(user)
        await until(make_scheduler(suite.rows).tick)  # the suite's own may be at it
        event = UserChanged(
            audience=("role:admin",), version=2, user_id=user, role=Role.USER, status=UserStatus.SUSPENDED
        )
        await publish(suite, event)

        async def stopped() -> bool:
            item = await suite.rows.one(download.id)
            return item.handed_out_at is None and item.status == ItemStatus.QUEUED

        await until(stopped)


class TestLearning:
    async def test_an_older_state_changes_nothing(self, suite: Suite) -> None:
        users = suite.parts.users
        state = UserState(version=5, user_id=uuid7(), role=Role.USER, status=UserStatus.ACTIVE, download_quota_bytes=7)
        await users.learn(state)
        await users.learn(state.model_copy(update={"version": 4, "download_quota_bytes": 1}))
        async with suite.rows.work() as work:
            known = await work.users.get(state.user_id)
        assert known is not None
        assert known.quota_bytes == 7

    async def test_a_tombstone_erases_too(self, suite: Suite) -> None:
        user = uuid7()
        download = await suite.rows.download(user, status=DownloadStatus.COMPLETED)
        await suite.parts.users.learn(UserState(version=9, user_id=user, role=Role.USER, status=UserStatus.ERASED))
        assert await suite.rows.read(download.id) is None
