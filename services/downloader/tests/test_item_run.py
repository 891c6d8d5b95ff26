"""One item under its lease, with children that speak our protocol and misbehave in every way we know."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import text

from medianest_common.contracts.downloads import ItemProgress, ItemStatus, RunItem
from medianest_common.ids import uuid7
from medianest_downloader.models import DownloadItem, KnownUser
from medianest_downloader.settings import WorkerSettings
from medianest_downloader.worker.bench import Bench
from medianest_downloader.worker.item_run import ItemRun
from medianest_downloader.worker.library import Library

from .conftest import FAKE_CHILD, Rows, fetch_settings, until
from .test_confinement import is_gone
from .test_scheduling import execute, make_scheduler

_COMMAND = (sys.executable, "-I", str(FAKE_CHILD))


@dataclass
class Stage:
    """A worker's bench, and items to run on it."""

    rows: Rows
    bench: Bench
    media: Path
    sent: list[ItemProgress] = field(default_factory=list)
    user: UUID | None = None  # whose the next items are; somebody new for each

    async def begin(self, doing: str, wish: dict[str, Any] | None = None, **item: object) -> ItemRun:
        """Claim a new item whose child does the given thing."""
        download = await self.rows.download(self.user or uuid7(), **(wish or {}))
        columns = {"url": f"https://youtu.be/x?do={doing}"} | item
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        await execute(
            self.rows,
            f"update download_items set {changes} where download_id = :download",
            **columns,
            download=download.id,
        )
        await make_scheduler(self.rows).tick()
        waiting = await self.rows.one(download.id)
        asked_at = asyncio.get_running_loop().time()
        mine = await self.bench.runs.claim(RunItem(item_id=waiting.id, attempt=waiting.attempt, egress="main"))
        assert mine is not None
        return ItemRun(self.bench, mine, claimed_at=asked_at)

    async def item(self, run: ItemRun) -> DownloadItem:
        return await self.rows.one(run.mine.download_id)

    def left_behind(self) -> list[str]:
        return [path.name for path in self.bench.library.folder_of(uuid7()).parent.iterdir()]


MakeStage = Callable[..., Stage]


@pytest_asyncio.fixture
async def make_stage(rows: Rows, tmp_path: Path) -> AsyncIterator[MakeStage]:
    def make(**options: float | str) -> Stage:
        values = {"database_url": SecretStr("postgresql://unused"), "silence_seconds": 20} | options
        settings = WorkerSettings(**fetch_settings(tmp_path), **values)  # type: ignore[arg-type]  # checked by pydantic
        settings.work_folder.mkdir(exist_ok=True)

        sent: list[ItemProgress] = []

        async def send(progress: ItemProgress) -> None:
            sent.append(progress)

        runs = rows.runs("w1", lease=settings.lease_seconds, layout=settings.layout)
        library = Library(settings.media_dir, settings.work_folder)
        return Stage(rows, Bench(settings, runs, library, tmp_path, send, _COMMAND), tmp_path, sent)

    yield make


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage()


class TestFetch:
    async def test_the_files_lie_in_the_users_folder_under_our_names(self, stage: Stage) -> None:
        run = await stage.begin("ok")
        assert await run.run() == "completed"
        folder = stage.media / str(run.mine.user_id) / str(run.mine.download_id)
        assert sorted(path.name for path in folder.iterdir()) == [
            "A film [abc].jpg",
            "A film [abc].mp4",
            "A film [abc].nfo",
        ]
        assert (folder / "A film [abc].mp4").read_bytes() == b"a whole film"
        assert stage.left_behind() == []

    async def test_progress_goes_to_the_owner_and_the_administrators(self, stage: Stage) -> None:
        run = await stage.begin("ok")
        await run.run()
        assert [progress.phase for progress in stage.sent] == ["video", "audio", "merging"]
        assert stage.sent[0].audience == (str(run.mine.user_id), "role:admin")

    @pytest.mark.parametrize(
        ("doing", "status", "reason"),
        [
            ("private", ItemStatus.FAILED, "private_video"),
            ("crash", ItemStatus.WAITING, "crashed"),
            ("killed", ItemStatus.WAITING, "out_of_memory"),
            ("nothing", ItemStatus.WAITING, "no_file"),
            ("link", ItemStatus.FAILED, "unsafe_file"),
            ("evil", ItemStatus.FAILED, "unsafe_file"),
            ("flagged", ItemStatus.WAITING, "flagged"),
        ],
    )
    async def test_what_goes_wrong_has_its_own_reason(
        self, stage: Stage, doing: str, status: ItemStatus, reason: str
    ) -> None:
        run = await stage.begin(doing)
        assert await run.run() == "failed"
        item = await stage.item(run)
        assert (item.status, item.reason) == (status, reason)
        assert not (stage.media / str(run.mine.user_id)).exists()

    async def test_garbage_on_the_pipe_is_overheard(self, stage: Stage) -> None:
        assert await (await stage.begin("garbage")).run() == "completed"

    async def test_a_child_that_says_nothing_is_ended(self, make_stage: MakeStage) -> None:
        stage = make_stage(silence_seconds=0.3)
        run = await stage.begin("hang")
        assert await run.run() == "failed"
        assert (await stage.item(run)).reason == "stalled"

    async def test_a_child_past_its_deadline_is_ended(self, make_stage: MakeStage) -> None:
        stage = make_stage(item_deadline_seconds=0.3)
        run = await stage.begin("hang")
        assert await run.run() == "failed"
        assert (await stage.item(run)).reason == "too_slow"


class TestReuse:
    async def test_the_same_video_is_linked_and_not_fetched_again(self, stage: Stage) -> None:
        first = await stage.begin("ok")
        await first.run()
        second = await stage.begin("crash", extractor="youtube", video_id="abc", title="A film")
        assert await second.run() == "completed"
        paths = [(await stage.item(run)).file_paths for run in (first, second)]
        inodes = [(stage.media / paths_of["media"]).stat().st_ino for paths_of in paths if paths_of]
        assert inodes[0] == inodes[1]

    async def test_a_video_is_known_by_what_the_child_finds_out(self, stage: Stage) -> None:
        await (await stage.begin("ok")).run()
        run = await stage.begin("nothing")  # would end without a file if it were told to go on
        assert await run.run() == "completed"

    async def test_an_archived_file_that_is_gone_is_fetched_anew(self, stage: Stage) -> None:
        first = await stage.begin("ok")
        await first.run()
        paths = (await stage.item(first)).file_paths
        assert paths is not None
        (stage.media / paths["media"]).unlink()
        assert await (await stage.begin("ok")).run() == "completed"


class TestStorage:
    async def test_files_that_come_at_once_or_are_linked_do_not_pass_what_their_user_may_keep(
        self, stage: Stage
    ) -> None:
        stage.user = uuid7()
        async with stage.rows.work() as work:
            await work.users.learn(KnownUser(user_id=stage.user, quota_bytes=20, version=1))
        runs = [await stage.begin("ok", {"preset": preset}) for preset in ("720p", "best", "720p")]
        outcomes = [await run.run() for run in runs]
        items = [await stage.item(run) for run in runs]
        assert outcomes == ["completed", "failed", "failed"]
        assert [(item.bytes, item.reason) for item in items] == [(12, None), (None, "too_large"), (None, "too_large")]
        assert len([*(stage.media / str(stage.user)).rglob("*.mp4")]) == 1
        assert stage.left_behind() == []


class TestWishes:
    async def test_subtitles_lie_beside_the_video_and_a_note_says_which_are_missing(self, stage: Stage) -> None:
        run = await stage.begin("ok", {"subtitles": ["en", "xx"]})
        assert await run.run() == "completed"
        item = await stage.item(run)
        assert item.file_paths is not None
        assert (stage.media / item.file_paths["media"]).with_suffix(".en.srt").read_text() == "1\n"
        assert (item.file_paths["subtitle.en"][-7:], item.note) == (".en.srt", "There are no subtitles in xx.")

    async def test_what_somebody_fetched_with_the_same_wishes_is_linked_with_all_that_belongs_to_it(
        self, stage: Stage
    ) -> None:
        wish = {"subtitles": ["en", "xx"], "sponsorblock": ["sponsor", "intro"]}
        first = await stage.begin("ok", wish)
        await first.run()
        second = await stage.begin("nothing", wish | {"subtitles": ["en"]})
        assert await second.run() == "completed"
        item, before = await stage.item(second), await stage.item(first)
        assert item.file_paths is not None
        assert (stage.media / item.file_paths["subtitle.en"]).is_file()
        assert (item.duration, item.note) == (before.duration, None)
        nfo = (stage.media / item.file_paths["nfo"]).read_text()
        assert "<studio>U</studio>" in nfo

    @pytest.mark.parametrize("wish", [{"subtitles": ["de"]}, {"sponsorblock": ["intro"]}, {"sponsorblock": []}])
    async def test_what_was_fetched_with_other_wishes_is_fetched_anew(
        self, stage: Stage, wish: dict[str, list[str]]
    ) -> None:
        await (await stage.begin("ok", {"subtitles": ["en"], "sponsorblock": ["sponsor"]})).run()
        run = await stage.begin("nothing", {"subtitles": ["en"], "sponsorblock": ["sponsor"]} | wish)
        assert await run.run() == "failed"
        assert (await stage.item(run)).reason == "no_file"


class TestStopping:
    async def _running(self, stage: Stage) -> tuple[ItemRun, "asyncio.Task[str]"]:
        run = await stage.begin("hang")
        task = asyncio.create_task(run.run())

        async def started() -> bool:
            return bool(stage.sent)

        await until(started)
        return run, task

    async def test_a_cancelled_item_stops_in_under_three_seconds_and_leaves_nothing(self, stage: Stage) -> None:
        run, task = await self._running(stage)
        await execute(stage.rows, "update download_items set status = 'cancelled', worker_id = null")
        run.look_now()
        async with asyncio.timeout(3):
            assert await task == "lost"
        assert stage.left_behind() == []

    @pytest.mark.parametrize("phase", ["extract", "video", "merging", "finishing"])
    async def test_a_cancel_ends_the_child_and_its_helpers_in_any_phase(self, stage: Stage, phase: str) -> None:
        run = await stage.begin(f"hang-{phase}")
        task = asyncio.create_task(run.run())
        written = stage.bench.library.folder_of(run.mine.item_id) / "pids"

        async def hangs() -> bool:
            return written.exists()

        await until(hangs)
        family = [int(pid) for pid in written.read_text().split()]
        assert not [pid for pid in family if is_gone(pid)]
        await execute(stage.rows, "update download_items set status = 'cancelled', worker_id = null")
        run.look_now()
        async with asyncio.timeout(10):
            assert await task == "lost"

        async def over() -> bool:
            return all(is_gone(pid) for pid in family)

        await until(over)
        assert stage.left_behind() == []

    async def test_an_item_that_was_put_aside_keeps_what_was_fetched(self, stage: Stage) -> None:
        run, task = await self._running(stage)
        await execute(stage.rows, "update download_items set status = 'queued', worker_id = null")
        run.look_now()
        assert await task == "lost"
        assert stage.left_behind() == [str(run.mine.item_id)]

    async def test_a_stopping_worker_gives_the_item_back(self, stage: Stage) -> None:
        run, task = await self._running(stage)
        run.stop()
        assert await task == "released"
        item = await stage.item(run)
        assert (item.status, item.worker_id, item.tries) == (ItemStatus.QUEUED, None, 0)
        assert stage.left_behind() == [str(run.mine.item_id)]

    async def test_a_worker_that_cannot_renew_ends_its_child_before_the_lease_does(self, make_stage: MakeStage) -> None:
        stage = make_stage(lease_seconds=4)
        run, task = await self._running(stage)
        admin = stage.rows.engine
        async with admin.connect() as connection:
            await connection.execute(text("lock table download_items in access exclusive mode"))
            async with asyncio.timeout(4):
                while not run._lost.is_set():
                    await asyncio.sleep(0.05)
            held = await connection.execute(text("select lease_until > clock_timestamp() from download_items"))
            assert held.scalar_one()
        assert await task == "lost"


class TestLongFetch:
    async def test_renewing_keeps_an_item_past_its_first_lease(self, make_stage: MakeStage) -> None:
        stage = make_stage(lease_seconds=8)  # not renewed in time, the child would be gone after five
        run = await stage.begin("slower")
        started = asyncio.get_running_loop().time()
        assert await run.run() == "completed"
        assert asyncio.get_running_loop().time() - started > 7.5
        assert len(stage.sent) > 20
