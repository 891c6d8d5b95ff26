"""One item under its lease: reuse what is there, or lead a child through fetching it, and end it in the rows."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from medianest_common.contracts.downloads import ItemProgress
from medianest_common.contracts.envelope import ADMINS
from medianest_common.supervise import woken
from medianest_downloader import metrics
from medianest_downloader.domain.failures import (
    CRASHED,
    NO_FILE,
    SILENT,
    TOO_LARGE,
    TOO_LONG,
    UNSAFE_FILE,
    Reason,
    Trouble,
    classify,
)
from medianest_downloader.domain.nfo import Description
from medianest_downloader.fetching.process import Child, ChildBroken, reason_of
from medianest_downloader.service.produced import Produced, linked
from medianest_downloader.service.runs import Assignment, Standing, StorageUsedUp, identity
from medianest_downloader.worker.bench import Bench
from medianest_downloader.worker.job import fetch_job
from medianest_downloader.worker.library import FilesFailed, NotAcceptable

_log = structlog.get_logger(__name__)

_MARGIN = 3.0  # seconds before the lease ends at which the child must be gone
_LOUD_PHASES = frozenset({"preparing", "video", "audio"})  # in which a child that says nothing is stuck

_T = TypeVar("_T")


class ItemRun:
    def __init__(self, bench: Bench, mine: Assignment, *, claimed_at: float) -> None:
        """`claimed_at` is the loop's time before the claim was asked for: the lease cannot have begun earlier."""
        self.mine = mine
        self._bench = bench
        self._renewed_at = claimed_at
        self._standing = Standing()
        self._about: dict[str, Any] = {}
        self._found: Produced | None = None
        self._child: Child | None = None
        self._look = asyncio.Event()
        self._stop = asyncio.Event()
        self._lost = asyncio.Event()

    def look_now(self) -> None:
        """Something was said about this item: ask the row at once instead of at the next renewal."""
        self._look.set()

    def stop(self) -> None:
        """Give the item back: the worker is going away."""
        self._stop.set()

    async def run(self) -> str:
        """Bring it to an end; the outcome: completed, failed, lost or released."""
        keeping = asyncio.create_task(self._keep_lease())
        try:
            outcome = await self._run()
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        metrics.items_total.labels(outcome).inc()
        return outcome

    async def _run(self) -> str:
        result = await self._known_before() or await self._fetch()
        if self._lost.is_set():
            return await self._forget()
        if result is None:
            await self._lasting(lambda: self._bench.runs.release(self.mine))
            return "released"
        if isinstance(result, Produced):
            return await self._complete(result)
        return await self._fail(result)

    async def _complete(self, produced: Produced) -> str:
        library = self._bench.library
        try:
            staged = await asyncio.to_thread(library.stage, self.mine.item_id, produced)
            done = await self._lasting(lambda: self._bench.runs.complete(self.mine, staged, library.place))
        except NotAcceptable:
            return await self._fail(UNSAFE_FILE)
        except StorageUsedUp:
            return await self._fail(TOO_LARGE)
        except FilesFailed as error:
            return await self._fail(classify(Trouble("OSError", str(error), errno=error.errno)))
        if not done:
            return await self._forget()
        await asyncio.to_thread(library.close_folder, self.mine.item_id)
        return "completed"

    async def _fail(self, reason: Reason) -> str:
        log = self._child.log if self._child else ""
        _log.info("item_not_fetched", item_id=str(self.mine.item_id), reason=reason.code, attempt=self.mine.attempt)
        await self._lasting(lambda: self._bench.runs.fail(self.mine, reason, log))
        await self._clear()
        return "failed"

    async def _lasting(self, step: Callable[[], Awaitable[_T]]) -> _T:
        """Do a step on the rows again while the database is away and the lease still holds."""
        while True:
            try:
                return await step()
            except (SQLAlchemyError, OSError, TimeoutError):
                if self._lost.is_set() or self._lease_left() <= 0:
                    raise
                await asyncio.sleep(0.5)

    async def _forget(self) -> str:
        """Not ours any more."""
        await self._clear()
        return "lost"

    async def _clear(self) -> None:
        """Throw the unfinished files away, unless another attempt goes on with them."""
        with suppress(SQLAlchemyError, OSError, TimeoutError):
            if not await self._bench.runs.still_wanted({self.mine.item_id}):
                await asyncio.to_thread(self._bench.library.close_folder, self.mine.item_id)

    async def _known_before(self) -> Produced | None:
        if not self.mine.extractor or not self.mine.video_id:
            return None
        return await self._reuse(
            *identity(self.mine.extractor, self.mine.video_id, self.mine.url), title=self.mine.title
        )

    async def _reuse(self, extractor: str, video_id: str, *, title: str) -> Produced | None:
        """The same video in the same quality, if somebody fetched it and its file is whole."""
        for known in await self._bench.runs.archived(extractor, video_id, self.mine.wish):
            files = await asyncio.to_thread(self._bench.library.linkable, known, self.mine.wish.subtitles)
            if files is not None:
                return linked(known, files, self._description(title or "Video", extractor, video_id))
        return None

    def _description(self, title: str, extractor: str, video_id: str) -> Description:
        about = self._about
        return Description(
            title=str(about.get("title") or title),
            extractor=str(about.get("extractor") or extractor),
            video_id=str(about.get("id") or video_id),
            plot=str(about.get("plot") or ""),
            uploader=str(about.get("uploader") or ""),
            date=about.get("date"),
        )

    async def _fetch(self) -> Produced | Reason | None:
        """Lead a child to its end; None when it was stopped from outside."""
        settings = self._bench.settings
        folder = await asyncio.to_thread(self._bench.library.open_folder, self.mine.item_id)
        job = fetch_job(settings, self._bench.tools, folder, self.mine, self._lease_left())
        async with Child(job, folder, self._bench.command) as child:
            self._child = child
            hearing = asyncio.create_task(self._hear(child))
            waits = [hearing, *(asyncio.create_task(event.wait()) for event in (self._lost, self._stop))]
            try:
                await asyncio.wait(waits, timeout=settings.item_deadline_seconds, return_when=asyncio.FIRST_COMPLETED)
                if hearing.done():
                    return hearing.result()
                return None if self._lost.is_set() or self._stop.is_set() else TOO_LONG
            finally:
                for task in waits:
                    task.cancel()
                await asyncio.gather(*waits, return_exceptions=True)

    async def _hear(self, child: Child) -> Produced | Reason:
        """Follow what the child says to its verdict."""
        events = child.events()
        phase = "preparing"
        try:
            while True:
                patience = self._bench.settings.silence_seconds if phase in _LOUD_PHASES else None
                async with asyncio.timeout(patience):
                    event = await anext(events, None)
                if event is None:
                    return NO_FILE
                phase = str(event.get("phase", phase))
                verdict = await self._take(event, child)
                if verdict is not None:
                    return verdict
        except TimeoutError:
            return SILENT
        except ChildBroken as broken:
            return broken.reason
        except (KeyError, TypeError, ValueError):
            return CRASHED  # no child of ours says such a thing
        finally:
            await events.aclose()

    async def _take(self, event: dict[str, Any], child: Child) -> Produced | Reason | None:
        kind = event["e"]
        if kind == "progress":
            await self._progress(event)
        elif kind == "about":
            self._about = event
            extractor, video_id = self._identity()
            self._found = await self._reuse(extractor, video_id, title=str(event["title"]))
            await child.tell({"answer": "go" if self._found is None else "skip"})
        elif kind == "skipped":
            return self._found or NO_FILE
        elif kind == "done":
            return self._accept(event)
        elif kind == "failed":
            return reason_of(event)
        return None

    def _identity(self) -> tuple[str, str]:
        about = self._about
        return identity(str(about["extractor"]), str(about["id"]), str(about["page"]) or self.mine.url)

    def _accept(self, event: dict[str, Any]) -> Produced | Reason:
        extractor, video_id = self._identity()
        try:
            files = self._bench.library.accepted(self.mine.item_id, event, max_bytes=self.mine.max_bytes)
        except NotAcceptable as error:
            _log.warning("file_not_acceptable", item_id=str(self.mine.item_id), why=str(error))
            return NO_FILE if "not there" in str(error) else UNSAFE_FILE
        return Produced(
            about=self._description("Video", extractor, video_id),
            files=files,
            size=files.media.stat().st_size,
            duration=float(event["duration"]),
            extractor=extractor,
            video_id=video_id,
            looked_for=tuple(str(language) for language in event.get("looked_for") or ()),
            cuts=self.mine.wish.cuts if event.get("cut") else "",
        )

    async def _progress(self, event: dict[str, Any]) -> None:
        self._standing = Standing(
            progress=float(event.get("progress") or 0.0),
            downloaded_bytes=_whole(event.get("downloaded_bytes")),
            total_bytes=_whole(event.get("total_bytes")),
            speed=event.get("speed"),
            eta=event.get("eta"),
        )
        await self._bench.send(
            ItemProgress(
                audience=(str(self.mine.user_id), ADMINS),
                version=self.mine.version,
                item_id=self.mine.item_id,
                download_id=self.mine.download_id,
                user_id=self.mine.user_id,
                attempt=self.mine.attempt,
                phase=str(event["phase"])[:20],
                progress=event.get("progress"),
                downloaded_bytes=self._standing.downloaded_bytes,
                total_bytes=self._standing.total_bytes,
                speed=self._standing.speed,
                eta=self._standing.eta,
            )
        )

    def _lease_left(self) -> float:
        """Seconds until the child must be gone."""
        passed = asyncio.get_running_loop().time() - self._renewed_at
        return max(0.0, self._bench.settings.lease_seconds - _MARGIN - passed)

    async def _keep_lease(self) -> None:
        """Renew until the end; when that is not possible, or the item is not ours any more, `lost` is set in time."""
        every = self._bench.settings.lease_seconds / 4
        while self._lease_left() > 0:
            await woken(self._look, min(every, self._lease_left()))
            self._look.clear()
            held = await self._renew()
            if held is False:
                break
            if held is None:
                await asyncio.sleep(0.5)
        self._lost.set()

    async def _renew(self) -> bool | None:
        """True: renewed, and the child told; False: not ours; None: nobody answered."""
        asked_at = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(0.1, self._lease_left())):
                held = await self._bench.runs.renew(self.mine, self._standing)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            _log.warning("lease_not_renewed", item_id=str(self.mine.item_id), error=type(error).__name__)
            return None
        if held:
            self._renewed_at = asked_at
            if self._child is not None:
                await self._child.tell({"lease": self._lease_left()})
        return held


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) else None
