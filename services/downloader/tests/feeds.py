"""A user's follow of a feed that the test writes: a real database, a child that lists what was written down."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from medianest_common.contracts.downloads import InPlex, ItemStatus
from medianest_downloader.models import Download, DownloadItem, KnownUser
from medianest_downloader.service.settling import settle

from .conftest import Suite
from .test_follows import BASE, followed
from .test_scheduling import execute

DOWNLOADS = "/api/v1/downloads"


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


async def claims(channel: Channel) -> int:
    async with channel.suite.rows.work() as work:
        follow = await work.follows.get(UUID(channel.id))
        return int(follow is not None and follow.claimed_until is not None)


async def learn(channel: Channel, **known: Any) -> None:
    async with channel.suite.rows.work() as work:
        assert await work.users.learn(KnownUser(user_id=channel.user, **known))
