"""A hundred downloads while all they stand on is killed, frozen or cut off: each ends once, as a whole file."""

import asyncio
import os
import random
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from typing import Any
from uuid import UUID, uuid4

from support.downloading import Downloading
from support.person import until
from support.processes import frozen

from medianest_devstack import media_tools
from medianest_devstack.servers import Server

SEED = int(os.environ.get("MEDIANEST_CHAOS_SEED", "4"))
_BASE = "/api/v1/downloads"
_OVER = {"completed", "partially_completed", "failed", "cancelled"}
_ITEMS = 100
_LEASE = 8.0

Mishap = Callable[[], Awaitable[None]]


class Mishaps:
    """What may befall the downloader."""

    def __init__(self, downloading: Downloading, dice: random.Random) -> None:
        self._downloading = downloading
        self._dice = dice

    def drawn(self) -> list[Mishap]:
        """Each once, two a second time, in any order."""
        deadly: list[Mishap] = [self.kill_worker, self.kill_api, self.kill_broker, self.kill_database]
        mishaps = [*deadly, self.cut_worker_off, self.freeze_broker, self.freeze_database]
        mishaps += self._dice.sample(deadly, 2)
        self._dice.shuffle(mishaps)
        return mishaps

    async def kill_worker(self) -> None:
        self._kill(self._dice.choice(("worker", "another")))

    async def kill_api(self) -> None:
        self._kill("downloader")

    async def kill_broker(self) -> None:
        await self._kill_server(self._downloading.servers.nats)

    async def kill_database(self) -> None:
        await self._kill_server(self._downloading.servers.postgres)

    async def cut_worker_off(self) -> None:
        """Past the lease: its items are somebody else's when it comes back."""
        await self._freeze(self._downloading.pid("another"), _LEASE + self._dice.uniform(1, 4))

    async def freeze_broker(self) -> None:
        await self._freeze(self._downloading.servers.nats.child.pid, self._dice.uniform(1, 3))

    async def freeze_database(self) -> None:
        await self._freeze(self._downloading.servers.postgres.child.pid, self._dice.uniform(1, 3))

    def _kill(self, process: str) -> None:
        pid = self._downloading.pid(process)
        with suppress(ProcessLookupError):
            if pid is not None:  # else it is on its way up from the last time
                os.kill(pid, SIGKILL)

    async def _kill_server(self, server: Server) -> None:
        await server.kill()
        await asyncio.sleep(self._dice.uniform(0, 3))
        await server.start()

    async def _freeze(self, pid: int | None, seconds: float) -> None:
        if pid is not None:
            with frozen(pid):
                await asyncio.sleep(seconds)


class Watcher:
    """Asks for a download as often as it takes; while nobody answers, the newest answer counts."""

    def __init__(self, downloading: Downloading, user_id: UUID, download_id: str) -> None:
        self._downloading = downloading
        self._user_id = user_id
        self._path = f"{_BASE}/{download_id}"
        self.newest: dict[str, Any] = {"status": "unknown", "items_completed": 0, "items": []}

    async def look(self) -> dict[str, Any]:
        self.newest = await self._downloading.call("GET", self._path, self._user_id) or self.newest
        return self.newest

    async def until(self, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        return dict(await until(self.look, good, within=240))


async def test_every_item_ends_once_as_a_whole_file_whatever_dies() -> None:
    dice = random.Random(SEED)
    user_id = uuid4()
    async with Downloading(lease_seconds=_LEASE, retry_seconds=1, drain_seconds=0) as downloading:
        download_id = await submitted(downloading, user_id)
        watcher = Watcher(downloading, user_id, download_id)
        mishaps = Mishaps(downloading, dice).drawn()
        moments = sorted(dice.sample(range(1, 90), len(mishaps)))
        for moment, mishap in zip(moments, mishaps, strict=True):
            await watcher.until(over_or_at_least(moment))
            await asyncio.sleep(dice.uniform(0, 1))
            print(f"after {watcher.newest['items_completed']} items: {mishap.__name__}")
            await mishap()
        download = await watcher.until(lambda d: d["status"] in _OVER)
        reasons = [item["reason"] for item in download["items"] if item["status"] != "completed"]
        assert (download["status"], download["items_completed"], reasons) == ("completed", _ITEMS, [])
        await asyncio.to_thread(one_whole_file_each, downloading.media / str(user_id) / download_id, download)
        await said_once(downloading, UUID(download_id))
        await nothing_unfinished(downloading)


def over_or_at_least(count: int) -> Callable[[dict[str, Any]], bool]:
    return lambda download: download["status"] in _OVER or download["items_completed"] >= count


async def submitted(downloading: Downloading, user_id: UUID) -> str:
    """The playlist of a hundred, as fast as the site can."""
    await downloading.control("POST", "/video/throttle", {"bytes_per_second": None})
    videos = (await downloading.control("GET", "/videos"))["items"]
    url = next(video["url"] for video in videos if video["entries"] == _ITEMS)
    return str((await downloading.call("POST", _BASE, user_id, {"url": url, "collection": ""}))["id"])


def one_whole_file_each(folder: Path, download: dict[str, Any]) -> None:
    films = {path.name: path for path in folder.glob("*.mp4")}
    assert set(films) == {item["file_name"] for item in download["items"]}
    assert all(films[item["file_name"]].stat().st_size == item["bytes"] for item in download["items"])
    expected = {Path(name).with_suffix(kind).name for name in films for kind in (".mp4", ".jpg", ".nfo")}
    assert {path.name for path in folder.iterdir()} == expected
    assert [name for name, path in films.items() if not is_playable(path)] == []


def is_playable(path: Path) -> bool:
    done = subprocess.run(
        [str(media_tools.find("ffprobe")), "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return done.returncode == 0 and float(done.stdout.strip() or 0) > 2.5


async def said_once(downloading: Downloading, download_id: UUID) -> None:
    """The archive has each item, and the event stream heard of each, once."""
    archived = "select count(*) from archive join download_items i on i.id = item_id where i.download_id = $1"
    assert await downloading.count(archived, download_id) == _ITEMS

    async def left_to_say() -> int:
        return await downloading.count("select count(*) from outbox")

    await until(left_to_say, lambda count: count == 0, within=60)
    assert await downloading.completed_facts() == _ITEMS


async def nothing_unfinished(downloading: Downloading) -> None:
    """A worker that comes up sweeps at once what the killed ones left; others do so within the hour."""
    pid = downloading.pid("worker")
    assert pid is not None
    os.kill(pid, SIGKILL)

    async def left() -> list[Path]:
        return [path for path in (downloading.media / ".work").glob("*-*") if path.is_dir()]

    await until(left, lambda found: not found, within=60)
    assert list(downloading.media.rglob("*.part")) == []
