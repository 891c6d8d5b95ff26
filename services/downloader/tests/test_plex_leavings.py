"""Nothing of ours stays empty in Plex: collections and private playlists whose videos have gone."""

import pytest

from medianest_common.contracts.downloads import InPlex
from medianest_common.ids import uuid7
from medianest_downloader.models import Download

from .test_plex_delivery import ALICE, House, house
from .test_scheduling import execute

__all__ = ["house"]


async def delivered(house: House, items: int = 2, **more: object) -> Download:
    """A download that Plex shows, where it was wished for."""
    download = await house.fetched(items, **more)
    await house.delivery(ALICE).turn()
    return await house.read(download.id)


async def again(house: House) -> None:
    await execute(house.rows, "update downloads set in_plex = 'waiting', in_plex_due_at = now()")
    await house.delivery(ALICE).turn()


async def collections(house: House) -> set[str]:
    sections = await house.server.sections()
    found = [await house.server._container("GET", f"/library/sections/{s.key}/collections") for s in sections]
    return {entry["ratingKey"] for each in found for entry in each.get("Metadata", ())}


class TestPlaylist:
    async def test_goes_with_its_download(self, house: House) -> None:
        before = await house.playlists(ALICE)
        download = await delivered(house, wants_playlist=True)
        assert len(await house.playlists(ALICE)) == len(before) + 1
        await house.delete(download)
        await house.removing(ALICE).turn()
        assert await house.playlists(ALICE) == before

    async def test_stays_with_what_its_user_has_added(self, house: House) -> None:
        film = (await house.server._container("GET", "/library/sections/1/all"))["Metadata"][0]["ratingKey"]
        download = await delivered(house, wants_playlist=True)
        assert download.plex_playlist_id is not None
        theirs = house.server.as_user(ALICE)
        await theirs.add_to_playlist(download.plex_playlist_id, [film])
        await house.delete(download)
        await house.removing(ALICE).turn()
        assert film in (await theirs.playlist_items(download.plex_playlist_id) or [])

    async def test_goes_once_plex_is_back(self, house: House) -> None:
        before = await house.playlists(ALICE)
        await house.delete(await delivered(house, wants_playlist=True))
        await house.control("POST", "/faults", system="plex", kind="status", value=503)
        await house.removing(ALICE).turn()
        await house.control("DELETE", "/faults")
        assert await house.playlists(ALICE) != before
        await execute(house.rows, "update removals set due_at = now()")
        await house.removing(ALICE).turn()
        assert await house.playlists(ALICE) == before

    @pytest.mark.parametrize("token", [None, "withdrawn"])
    async def test_of_somebody_whose_token_ended_is_out_of_reach_and_holds_nothing_up(
        self, house: House, token: str | None
    ) -> None:
        await house.delete(await delivered(house, wants_playlist=True))
        await house.removing(token).turn()
        async with house.rows.work() as work:
            assert list(await work.downloads.removals(10)) == []

    async def test_made_while_its_download_is_deleted_is_taken_back(self, house: House) -> None:
        before = await house.playlists(ALICE), await collections(house)
        download = await house.fetched(collection=f"Bread {uuid7()}", wants_playlist=True)
        deleted = False

        async def delete() -> None:
            nonlocal deleted
            if not deleted:
                deleted = True
                await house.delete(download)

        await house.delivery(ALICE, delete).turn()
        assert await house.rows.read(download.id) is None
        assert (await house.playlists(ALICE), await collections(house)) == before


class TestCollection:
    async def test_goes_with_the_last_download_in_it(self, house: House) -> None:
        name = f"Bread {uuid7()}"
        first = await delivered(house, collection=name)
        second = await delivered(house, collection=name)
        assert first.plex_collection_id is not None
        await house.delete(first)
        await house.removing().turn()
        assert await house.titles(first.plex_collection_id) == ["Part 1", "Part 2"]
        await house.delete(second)
        await house.removing().turn()
        assert first.plex_collection_id not in await collections(house)

    async def test_that_somebody_else_made_stays(self, house: House) -> None:
        name = f"Bread {uuid7()}"
        known = await delivered(house, 1)
        seen = await house.server.items([str(item.plex_rating_key) for item in await house.rows.items(known.id)])
        videos = next(
            section for section in await house.server.sections() if str(house.sandbox.media) in section.locations
        )
        theirs = await house.server.create_collection(videos.key, name, seen)
        download = await delivered(house, collection=name)
        assert download.plex_collection_id == theirs
        for each in (known, download):
            await house.delete(each)
        await house.removing().turn()
        assert theirs in await collections(house)

    async def test_of_an_erased_user_goes_with_them(self, house: House) -> None:
        download = await delivered(house, collection=f"Bread {uuid7()}", wants_playlist=True)
        await house.erase(download.user_id)
        await house.removing().turn()
        assert download.plex_collection_id not in await collections(house)


async def test_the_last_video_that_a_follow_lets_go_leaves_nothing_empty(house: House) -> None:
    before = await house.playlists(ALICE)
    download = await delivered(house, 1, collection=f"Bread {uuid7()}", wants_playlist=True)
    await house.keep_by_a_follow(download, keep_days=1)
    await execute(house.rows, "update download_items set completed_at = now() - interval '2 days'")
    await house.removing(ALICE).turn()
    await again(house)
    assert await house.playlists(ALICE) == before
    assert download.plex_collection_id not in await collections(house)
    assert (await house.read(download.id)).in_plex == InPlex.DONE
