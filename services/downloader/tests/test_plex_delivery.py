"""The step into Plex, against the sandbox's server."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from medianest_common.contracts.auth import UserState, UserStatus
from medianest_common.contracts.downloads import DownloadStatus, InPlex, ItemStatus
from medianest_common.contracts.permissions import Role
from medianest_common.http import OutsideClient, tls
from medianest_common.ids import uuid7
from medianest_downloader.clients.auth import AuthClient
from medianest_downloader.clients.plex import PlexServer
from medianest_downloader.clients.plex_link import PlexLink
from medianest_downloader.domain.states import may_retry
from medianest_downloader.models import Download, Removal
from medianest_downloader.service.plex_delivery import PlexDelivery
from medianest_downloader.service.plex_forgetting import PlexForgetting
from medianest_downloader.service.plex_leavings import PlexLeavings
from medianest_downloader.service.removing import Removing, drop
from medianest_downloader.service.users import Users
from medianest_sandbox.people import BY_NAME, MACHINE_IDENTIFIER, Accounts, account_token
from medianest_sandbox.settings import Settings as SandboxSettings
from medianest_sandbox.state import StateFolder

from .conftest import Rows, until
from .test_follows import make_follow
from .test_scheduling import execute

ALICE = Accounts(StateFolder(None)).server_token(BY_NAME["alice"])


Meanwhile = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """What mostly happens meanwhile."""


def auth_answering(token: str | None, meanwhile: Meanwhile = nothing) -> AuthClient:
    """The auth service, which knows one token or none; `meanwhile` is what happens while it is asked."""

    async def answer(request: httpx2.Request) -> httpx2.Response:
        await meanwhile()
        assert request.headers["authorization"].startswith("Bearer ")
        return httpx2.Response(200, json={"plex_id": "1002", "token": "t", "server_token": token})

    key = Ed25519PrivateKey.generate().private_bytes_raw()
    client = OutsideClient("auth", transport=httpx2.MockTransport(answer))
    return AuthClient(client, "http://auth", base64.urlsafe_b64encode(key).decode())


class House:
    """A database, a media folder, and the sandbox's Plex."""

    def __init__(self, rows: Rows, sandbox: SandboxSettings, client: OutsideClient) -> None:
        self.rows = rows
        self.sandbox = sandbox
        self.server = PlexServer(client, f"{sandbox.base_url}/plex", account_token("owner"), MACHINE_IDENTIFIER, "test")
        self.link = PlexLink(client, None, client_id="test", changed=lambda: None)
        self.link.server = self.server

    def delivery(
        self, token: str | None = None, meanwhile: Meanwhile = nothing, *, seen_as: Path | None = None
    ) -> PlexDelivery:
        """`seen_as` is the media folder as Plex sees it."""
        auth, seen = auth_answering(token, meanwhile), str(seen_as or self.sandbox.media)
        return PlexDelivery(self.rows.work, self.link, auth, media_dir=seen, wake=asyncio.Event())

    async def playlists(self, token: str) -> set[str]:
        """Keys of an account's playlists."""
        container = await self.server.as_user(token)._container("GET", "/playlists")
        return {entry["ratingKey"] for entry in container.get("Metadata", ())}

    async def fetched(self, items: int = 2, **more: object) -> Download:
        """A finished download, its files in the library."""
        values = {"status": DownloadStatus.COMPLETED, "items_completed": items} | more
        download = await self.rows.download(uuid7(), items=items, **values)
        for item in await self.rows.items(download.id):
            path = f"{download.user_id}/{download.id}/Part {item.position} [{item.id.hex[-12:]}].mp4"
            file = self.sandbox.media / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"film")
            await execute(
                self.rows,
                "update download_items set status = 'completed', in_plex = 'waiting', bytes = 4,"
                " file_paths = jsonb_build_object('media', cast(:path as text)) where id = :id",
                path=path,
                id=item.id,
            )
        await execute(self.rows, "update downloads set in_plex_due_at = now() where id = :id", id=download.id)
        return download

    def removing(self, token: str | None = None, *, seen_as: Path | None = None) -> Removing:
        media = self.sandbox.media
        leavings = PlexLeavings(self.rows.work, auth_answering(token))
        forgetting = PlexForgetting(self.link, leavings, media, str(seen_as or media))
        return Removing(self.rows.work, media, forgetting, asyncio.Event())

    async def keep_by_a_follow(self, download: Download, **rule: int) -> None:
        """Have the download be that of a follow with this rule."""
        async with self.rows.work() as work:
            follow = make_follow(download.user_id, next_check_at=await work.now(), **rule)
            work.follows.add(follow)
            await work.session.flush()
            attached = await work.downloads.get(download.id)
            assert attached is not None
            attached.follow_id = follow.id

    async def delete(self, download: Download) -> None:
        """What `DELETE /downloads/{id}` does; the rest is for `removing`."""
        async with self.rows.work() as work:
            locked = await work.downloads.get(download.id, lock=True)
            assert locked is not None
            await drop(work, locked)

    async def erase(self, user_id: UUID) -> None:
        users = Users(self.rows.work, self.link, auth_answering(ALICE), self.sandbox.media)
        await users.learn(UserState(version=9, user_id=user_id, role=Role.USER, status=UserStatus.ERASED))

    async def read(self, download_id: UUID) -> Download:
        found = await self.rows.read(download_id)
        assert found is not None
        return found

    async def titles(self, collection_id: str | None) -> list[str]:
        assert collection_id is not None
        container = await self.server._container("GET", f"/library/collections/{collection_id}/items")
        return [entry["title"].split(" [")[0] for entry in container["Metadata"]]

    async def control(self, method: str, path: str, /, **body: object) -> None:
        async with httpx2.AsyncClient(verify=tls()) as http:
            answer = await http.request(method, f"{self.sandbox.base_url}/control{path}", json=body or None)
            answer.raise_for_status()


@pytest_asyncio.fixture
async def house(rows: Rows, sandbox: SandboxSettings) -> AsyncIterator[House]:
    client = OutsideClient("Plex", tries=1)
    made = House(rows, sandbox, client)
    yield made
    await made.control("DELETE", "/faults")
    await client.close()


class TestCollection:
    async def test_holds_the_items_in_the_order_of_the_playlist(self, house: House) -> None:
        download = await house.fetched(collection=f"Bread {uuid7()}")
        assert await house.delivery().turn()
        done = await house.read(download.id)
        assert (done.in_plex, done.in_plex_reason) == (InPlex.DONE, None)
        assert await house.titles(done.plex_collection_id) == ["Part 1", "Part 2"]
        assert [item.in_plex for item in await house.rows.items(download.id)] == [InPlex.DONE, InPlex.DONE]

    async def test_of_the_same_name_is_found_and_not_made_twice(self, house: House) -> None:
        name = f"Bread {uuid7()}"
        first = await house.fetched(items=1, collection=name)
        second = await house.fetched(items=1, collection=name)
        delivery = house.delivery()
        await delivery.turn()
        await delivery.turn()
        ids = {(await house.read(d.id)).plex_collection_id for d in (first, second)}
        assert len(ids) == 1
        assert await house.titles(ids.pop()) == ["Part 1", "Part 1"]

    async def test_that_was_deleted_in_plex_is_made_again(self, house: House) -> None:
        download = await house.fetched(collection=f"Bread {uuid7()}")
        await house.delivery().turn()
        before = (await house.read(download.id)).plex_collection_id
        await house.control("DELETE", f"/plex/collections/{before}")
        await execute(house.rows, "update downloads set in_plex = 'waiting', in_plex_due_at = now()")
        await house.delivery().turn()
        after = (await house.read(download.id)).plex_collection_id
        assert after != before
        assert await house.titles(after) == ["Part 1", "Part 2"]

    async def test_is_in_the_order_of_the_playlist_in_the_end_however_the_items_came(self, house: House) -> None:
        download = await house.fetched(items=3, collection=f"Bread {uuid7()}")
        items = await house.rows.items(download.id)
        hold = "update download_items set status = :status where id = :id"
        for late in (items[0], items[1]):
            await execute(house.rows, hold, status=ItemStatus.WAITING, id=late.id)
        for late in (items[1], items[0]):
            await house.delivery().turn()
            await execute(house.rows, hold, status=ItemStatus.COMPLETED, id=late.id)
            await execute(house.rows, "update downloads set in_plex = 'waiting', in_plex_due_at = now()")
        await house.delivery().turn()
        collection = (await house.read(download.id)).plex_collection_id
        assert await house.titles(collection) == ["Part 1", "Part 2", "Part 3"]

    async def test_a_second_turn_doubles_nothing(self, house: House) -> None:
        download = await house.fetched(collection=f"Bread {uuid7()}")
        for _ in range(2):
            await execute(house.rows, "update downloads set in_plex = 'waiting', in_plex_due_at = now()")
            await house.delivery().turn()
        assert len(await house.titles((await house.read(download.id)).plex_collection_id)) == 2


class TestPlaylist:
    async def test_lies_in_the_users_own_account(self, house: House) -> None:
        download = await house.fetched(wants_playlist=True)
        await house.delivery(ALICE).turn()
        done = await house.read(download.id)
        assert done.in_plex == InPlex.DONE
        assert done.plex_playlist_id is not None
        members = await house.server.as_user(ALICE).playlist_items(done.plex_playlist_id)
        keys = [item.plex_rating_key for item in await house.rows.items(download.id)]
        assert members == keys

    async def test_late_items_are_put_where_they_belong(self, house: House) -> None:
        download = await house.fetched(items=3, wants_playlist=True)
        items = await house.rows.items(download.id)
        hold = "update download_items set status = :status where id = :id"
        await execute(house.rows, hold, status=ItemStatus.WAITING, id=items[0].id)
        await house.delivery(ALICE).turn()
        await execute(house.rows, hold, status=ItemStatus.COMPLETED, id=items[0].id)
        await execute(house.rows, "update downloads set in_plex = 'waiting', in_plex_due_at = now()")
        await house.delivery(ALICE).turn()
        done = await house.read(download.id)
        assert done.plex_playlist_id is not None
        members = await house.server.as_user(ALICE).playlist_items(done.plex_playlist_id)
        assert members == [item.plex_rating_key for item in await house.rows.items(download.id)]

    async def test_of_a_user_who_is_erased_goes_with_them(self, house: House) -> None:
        before = await house.playlists(ALICE)
        download = await house.fetched(wants_playlist=True)
        await house.delivery(ALICE).turn()
        assert await house.playlists(ALICE) != before
        await house.erase(download.user_id)
        assert await house.playlists(ALICE) == before

    async def test_made_while_its_user_is_erased_is_taken_back(self, house: House) -> None:
        before = await house.playlists(ALICE)
        download = await house.fetched(wants_playlist=True)
        await house.delivery(ALICE, lambda: house.erase(download.user_id)).turn()
        assert await house.rows.read(download.id) is None
        assert await house.playlists(ALICE) == before

    @pytest.mark.parametrize("token", [None, "withdrawn"])
    async def test_a_user_without_a_good_token_is_told_and_the_rest_is_done(
        self, house: House, token: str | None
    ) -> None:
        download = await house.fetched(wants_playlist=True)
        await house.delivery(token).turn()
        done = await house.read(download.id)
        assert done.in_plex == InPlex.DONE
        assert done.in_plex_reason is not None
        assert "sign in with Plex" in done.in_plex_reason


class TestRefill:
    async def test_what_was_deleted_in_plex_is_filled_again_on_demand(self, house: House) -> None:
        download = await house.fetched(collection=f"Bread {uuid7()}", wants_playlist=True)
        await house.delivery(ALICE).turn()
        before = await house.read(download.id)
        assert before.plex_playlist_id is not None
        await house.control("DELETE", f"/plex/collections/{before.plex_collection_id}")
        await house.server.as_user(ALICE).delete_playlist(before.plex_playlist_id)
        assert may_retry(DownloadStatus.COMPLETED, InPlex.DONE, failed=0, placed=True).ok
        assert not may_retry(DownloadStatus.COMPLETED, InPlex.DONE, failed=0, placed=False).ok
        await execute(house.rows, "update downloads set in_plex = 'waiting', in_plex_due_at = now()")
        await house.delivery(ALICE).turn()
        after = await house.read(download.id)
        assert after.plex_playlist_id is not None
        assert after.in_plex == InPlex.DONE
        assert await house.titles(after.plex_collection_id) == ["Part 1", "Part 2"]
        assert len(await house.server.as_user(ALICE).playlist_items(after.plex_playlist_id) or []) == 2


class TestEpisodes:
    async def test_of_a_library_of_shows_are_found_and_collected(self, house: House) -> None:
        shows = next(section for section in await house.server.sections() if section.type == "show")
        episodes = [item async for item in house.server.newest(shows, most=2)]
        assert {item.type for item in episodes} == {"episode"}
        made = await house.server.create_collection(shows.key, f"Bread {uuid7()}", episodes[:2])
        assert await house.server.collection_items(made) == [item.rating_key for item in episodes[:2]]


class TestForgetting:
    async def _dropped(self, house: House) -> set[str]:
        """Rating keys of a download that Plex shows and that has just been deleted."""
        download = await house.fetched()
        await house.delivery().turn()
        keys = {str(item.plex_rating_key) for item in await house.rows.items(download.id)}
        await house.delete(download)
        return keys

    async def test_nothing_dead_stays_in_plex(self, house: House) -> None:
        keys = await self._dropped(house)
        assert len(await house.server.items(sorted(keys))) == 2
        assert await house.removing().turn() == 1

        async def gone() -> bool:
            return not await house.server.items(sorted(keys))

        await until(gone)
        async with house.rows.work() as work:
            assert list(await work.downloads.removals(10)) == []

    async def test_while_plex_is_away_it_is_told_later_and_the_files_go_at_once(self, house: House) -> None:
        keys = await self._dropped(house)
        await house.control("POST", "/faults", system="plex", kind="status", value=503)
        removing = house.removing()
        assert await removing.turn() == 1
        assert await removing.turn() == 0
        await house.control("DELETE", "/faults")
        await execute(house.rows, "update removals set due_at = now()")
        await removing.turn()

        async def gone() -> bool:
            return not await house.server.items(sorted(keys))

        await until(gone)
        async with house.rows.work() as work:
            assert list(await work.downloads.removals(10)) == []

    async def test_a_plex_that_never_comes_back_is_given_up(self, house: House) -> None:
        await self._dropped(house)
        await house.control("POST", "/faults", system="plex", kind="status", value=503)
        await house.removing().turn()
        await execute(house.rows, "update removals set due_at = now(), tries = 29")
        await house.removing().turn()
        async with house.rows.work() as work:
            assert await work.session.scalar(select(func.count()).select_from(Removal)) == 0


async def test_a_media_folder_that_plex_sees_elsewhere_is_scanned_and_found_there(house: House, tmp_path: Path) -> None:
    download = await house.fetched(1)
    (tmp_path / str(download.user_id)).symlink_to(house.sandbox.media / str(download.user_id))
    await house.control("POST", "/plex/libraries/1/folders", path=str(tmp_path))
    await house.delivery(seen_as=tmp_path).turn()
    assert (await house.read(download.id)).in_plex == InPlex.DONE
    key = str((await house.rows.one(download.id)).plex_rating_key)
    [item] = await house.server.items([key])
    assert item.files[0].startswith(str(tmp_path))
    await house.delete(download)
    await house.removing(seen_as=tmp_path).turn()

    async def gone() -> bool:
        return await house.server.items([key]) == []

    await until(gone)


class TestWaiting:
    async def test_while_plex_is_away_the_step_waits_and_then_succeeds_by_itself(self, house: House) -> None:
        download = await house.fetched(items=1, collection=f"Bread {uuid7()}")
        await house.control("POST", "/faults", system="plex", kind="status", value=503)
        await house.delivery().turn()
        waiting = await house.read(download.id)
        assert waiting.in_plex == InPlex.WAITING
        assert waiting.in_plex_reason is not None
        assert waiting.in_plex_reason.startswith("Plex does not answer")
        await house.control("DELETE", "/faults")
        await execute(house.rows, "update downloads set in_plex_due_at = now()")
        assert await house.delivery().turn()
        assert (await house.read(download.id)).in_plex == InPlex.DONE

    async def test_without_a_plex_it_waits_until_there_is_one(self, house: House) -> None:
        download = await house.fetched(items=1)
        house.link.server = None
        await house.delivery().turn()
        waiting = await house.read(download.id)
        assert waiting.in_plex == InPlex.WAITING
        assert waiting.in_plex_due_at is not None

    async def test_a_folder_that_no_library_holds_fails_in_the_end(self, house: House, tmp_path: Path) -> None:
        download = await house.fetched(items=1)
        elsewhere = PlexDelivery(house.rows.work, house.link, None, media_dir=str(tmp_path), wake=asyncio.Event())
        await execute(house.rows, "update downloads set in_plex_tries = 19")
        await elsewhere.turn()
        failed = await house.read(download.id)
        assert (failed.in_plex, failed.in_plex_due_at is None) == (InPlex.FAILED, False)
        assert await elsewhere.turn() is False

    @pytest.mark.parametrize("replicas", [3])
    async def test_replicas_do_not_work_on_the_same_download(self, house: House, replicas: int) -> None:
        await house.fetched(items=1, collection=f"Bread {uuid7()}")
        turns = await asyncio.gather(*(house.delivery().turn() for _ in range(replicas)))
        assert sorted(turns) == [False, False, True]


async def test_what_a_follow_lets_go_leaves_the_collection_and_the_private_playlist(house: House) -> None:
    download = await house.fetched(3, collection="Newest two", wants_playlist=True)
    await house.keep_by_a_follow(download, keep_last=2)
    assert await house.delivery(ALICE).turn()
    before = await house.read(download.id)
    theirs = house.server.as_user(ALICE)
    assert before.plex_playlist_id is not None
    assert len(await theirs.playlist_items(before.plex_playlist_id) or []) == 3
    assert await house.removing(ALICE).turn() == 1
    await execute(house.rows, "update downloads set in_plex_due_at = now()")
    assert await house.delivery(ALICE).turn()
    after = await house.read(download.id)
    assert (after.in_plex, after.in_plex_reason, after.plex_dropped) == (InPlex.DONE, None, [])
    assert await house.titles(after.plex_collection_id) == ["Part 2", "Part 3"]
    kept = [item.plex_rating_key for item in await house.rows.items(download.id)]
    assert await theirs.playlist_items(before.plex_playlist_id) == kept
