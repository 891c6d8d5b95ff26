"""The layout of series: names, sidecar files, two videos of a day, and what is left after a deletion."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from medianest_common.http import OutsideClient
from medianest_common.ids import uuid7
from medianest_downloader.clients.plex_link import PlexLink
from medianest_downloader.domain.episodes import Episode, episode_stem, first_free_place, season_folder, show_name
from medianest_downloader.service.plex_forgetting import PlexForgetting
from medianest_downloader.service.plex_leavings import PlexLeavings
from medianest_downloader.service.removing import Removing, drop

from .test_item_run import MakeStage, Stage, make_stage

__all__ = ["make_stage"]

_ITEM = UUID("00000000-0000-0000-0000-a1b2c3d4e5f6")


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    made = make_stage(layout="tv")
    made.user = uuid7()
    return made


async def _remove(stage: Stage, download_id: UUID) -> None:
    """Delete a download and carry the removal out; there is no Plex."""
    async with stage.rows.work() as work:
        download = await work.downloads.get(download_id, lock=True)
        assert download is not None
        await drop(work, download)
    link = PlexLink(OutsideClient("Plex"), None, client_id="test", changed=lambda: None)
    forgetting = PlexForgetting(link, PlexLeavings(stage.rows.work, None), stage.media, str(stage.media))
    assert await Removing(stage.rows.work, stage.media, forgetting, asyncio.Event()).turn() == 1
    await link.close()


def _below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


class TestNames:
    def test_say_show_season_day_and_place(self) -> None:
        episode = Episode("A channel", "20260821", 2)
        assert season_folder(_ITEM, episode) == f"{_ITEM}/A channel/Season 2026"
        assert (episode.season, episode.number) == (2026, 82102)
        assert episode_stem(episode, "Bread", _ITEM) == "A channel - s2026e082102 - Bread [a1b2c3d4e5f6]"

    @pytest.mark.parametrize("name", ["..", ".", "../../etc", "a/b", "\x00", "", "x" * 5000, "\U0001f9c0" * 400])
    def test_of_channels_are_one_plain_short_folder(self, name: str) -> None:
        show = show_name(name)
        assert "/" not in show
        assert show.strip(". ") == show != ""
        stem = episode_stem(Episode(show, "20260821"), "\U0001f9c0" * 400, _ITEM)
        assert len(f"{stem}.{'x' * 35}.srt".encode()) <= 255

    def test_the_first_place_that_is_free_is_taken(self) -> None:
        stems = [f"S - s2026e0821{place:02} - T [x]" for place in (1, 2, 4)]
        assert first_free_place("S - s2026e0821", stems) == 3
        assert first_free_place("S - s2026e0821", []) == 1


class TestFiles:
    async def test_lie_as_plex_reads_series(self, stage: Stage) -> None:
        run = await stage.begin("ok", {"subtitles": ["en"]})
        assert await run.run() == "completed"
        stem = f"U - s2026e010101 - A film [{run.mine.item_id.hex[-12:]}]"
        show = stage.media / str(stage.user) / "U"
        season = f"Season 2026/{stem}"
        assert _below(show) == sorted(
            [f"{season}.en.srt", f"{season}.jpg", f"{season}.mp4", f"{season}.nfo", "poster.jpg", "tvshow.nfo"]
        )
        nfo = (show / f"{season}.nfo").read_text()
        assert [f"<{name}>" in nfo for name in ("episodedetails", "showtitle", "season", "aired")] == [True] * 4
        assert "<episode>10101</episode>" in nfo
        assert "<title>U</title>" in (show / "tvshow.nfo").read_text()

    async def test_two_videos_of_a_day_have_numbers_of_their_own(self, stage: Stage) -> None:
        runs = [await stage.begin("ok") for _ in range(2)]
        assert [await run.run() for run in runs] == ["completed", "completed"]
        stems = [(await stage.item(run)).file_stem or "" for run in runs]
        assert [stem[:16] for stem in stems] == ["U - s2026e010101", "U - s2026e010102"]

    async def test_of_an_attempt_that_was_cut_off_do_not_stay_under_another_number(self, stage: Stage) -> None:
        run = await stage.begin("ok")
        tag = run.mine.item_id.hex[-12:]
        season = stage.media / str(stage.user) / "U" / "Season 2026"
        season.mkdir(parents=True)
        (season / f"U - s2026e010107 - A film [{tag}].mp4").write_bytes(b"of an attempt whose commit never came")
        assert await run.run() == "completed"
        assert [path.name for path in season.glob("*.mp4")] == [f"U - s2026e010101 - A film [{tag}].mp4"]


class TestDeletion:
    async def test_takes_only_its_own_and_the_show_goes_with_the_last(self, stage: Stage) -> None:
        runs = [await stage.begin("ok") for _ in range(2)]
        for run in runs:
            await run.run()
        kept = await stage.item(runs[1])
        await _remove(stage, runs[0].mine.download_id)
        assert kept.file_paths is not None
        home = stage.media / str(stage.user)
        left = {path.removeprefix(f"{stage.user}/") for path in kept.file_paths.values()}
        assert set(_below(home)) == left | {"U/tvshow.nfo", "U/poster.jpg"}
        await _remove(stage, runs[1].mine.download_id)
        assert not home.exists()
