"""Files on the way into the library: other disks, other people's links, no room."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from medianest_common.ids import uuid7
from medianest_downloader.domain.nfo import Description
from medianest_downloader.service.produced import Files, Produced
from medianest_downloader.worker.library import Library, NotAcceptable

from .conftest import StartSuite, Suite, until
from .test_journey import _FAKE, submit, worker

_FILM = b"a whole film"


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than the library's."""
    memory = Path("/dev/shm")  # of memory: Linux always has it
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has one file system")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    return folder


def produced(folder: Path, *, linked: bool = False) -> Produced:
    """A film with a picture and subtitles, as a child leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("media.mp4", "poster.jpg", "en.srt"):
        (folder / name).write_bytes(_FILM)
    files = Files(folder / "media.mp4", folder / "poster.jpg", {"en": folder / "en.srt"})
    return Produced(Description("A film", "youtube", "abc"), files, len(_FILM), 1.0, "youtube", "abc", linked=linked)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestOtherDisk:
    def test_what_was_worked_on_elsewhere_is_brought_over_before_it_is_moved(
        self, media: Path, other_disk: Path
    ) -> None:
        library, item = Library(media, other_disk), uuid7()
        staged = library.stage(item, produced(library.folder_of(item) / "out"))
        assert staged.files.media.stat().st_dev == media.stat().st_dev
        library.place("someone/download", "A film [abc]", staged)
        library.close_folder(item)
        folder = media / "someone" / "download"
        assert names(folder) == ["A film [abc].en.srt", "A film [abc].jpg", "A film [abc].mp4", "A film [abc].nfo"]
        assert (folder / "A film [abc].mp4").read_bytes() == _FILM
        assert [*other_disk.iterdir(), *(media / ".work").iterdir()] == []

    def test_a_fetched_video_is_copied_where_it_cannot_be_linked(self, media: Path, other_disk: Path) -> None:
        library, item, known = Library(media, media / ".work"), uuid7(), produced(other_disk, linked=True)
        staged = library.stage(item, known)
        assert staged.files.media.stat().st_dev == media.stat().st_dev
        library.place("someone/download", "A film [abc]", staged)
        library.close_folder(item)
        copy = media / "someone" / "download" / "A film [abc].mp4"
        assert (copy.read_bytes(), copy.stat().st_nlink) == (_FILM, 1)
        assert known.files.media.read_bytes() == _FILM


class TestLinks:
    def test_a_folder_that_leads_elsewhere_takes_nothing(self, media: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (media / "someone").symlink_to(elsewhere)
        library, item = Library(media, media / ".work"), uuid7()
        made = produced(library.folder_of(item) / "out")
        with pytest.raises(NotAcceptable, match="leads elsewhere"):
            library.place("someone/download", "A film [abc]", made)
        assert list(elsewhere.rglob("*.*")) == []

    async def test_nothing_is_removed_through_one(self, suite: Suite) -> None:
        elsewhere = suite.media / "elsewhere"
        kept = elsewhere / "download" / "film.mp4"
        kept.parent.mkdir(parents=True)
        kept.write_bytes(_FILM)
        (suite.media / "someone").symlink_to(elsewhere)
        async with suite.rows.work() as work:
            work.downloads.remove_path("someone/download")
        assert await suite.parts.removing().turn() == 0
        assert kept.read_bytes() == _FILM


class TestRoom:
    def test_is_what_the_disk_has_free(self, media: Path) -> None:
        library = Library(media, media)
        free = os.statvfs(media).f_bavail * os.statvfs(media).f_frsize
        assert (library.has_room(1), library.has_room(free * 2)) == (True, False)
        assert not Library(media, media / "gone").has_room(0)

    def test_is_needed_in_the_library_and_where_it_is_worked_on(self, media: Path, other_disk: Path) -> None:
        lesser, greater = sorted(os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize for disk in (media, other_disk))
        for library in (Library(media, other_disk), Library(other_disk, media)):
            assert (library.has_room(lesser // 2), library.has_room((lesser + greater) // 2)) == (True, False)

    async def test_without_it_a_worker_offers_nothing_and_nothing_is_handed_out(self, start_suite: StartSuite) -> None:
        suite = await start_suite(command=_FAKE)
        user = uuid7()
        async with worker(suite, _FAKE, min_free_bytes=10**18):
            path = await submit(suite, user, "https://youtu.be/x?do=ok")

            async def listed() -> bool:
                return bool((await suite.http.get(path, headers=suite.as_user(user))).json()["items_total"])

            await until(listed)

            async def announced() -> bool:
                return bool(suite.parts.board.living())

            await until(announced)
            assert suite.parts.board.offered("main") == [0]
            assert await suite.parts.scheduler().tick() == 0
            assert all(item.handed_out_at is None for item in await suite.rows.items(UUID(path.rpartition("/")[2])))
