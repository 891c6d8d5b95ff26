"""The routes, with listing children of our own making and no worker."""

import asyncio
import json
from uuid import UUID

import pytest

from medianest_common.contracts.downloads import DownloadStatus
from medianest_common.contracts.permissions import Role
from medianest_common.ids import uuid7
from medianest_downloader.models import Download, KnownUser

from .conftest import Suite
from .test_scheduling import execute

_URL = "https://youtu.be/x?do=ok"
_BASE = "/api/v1/downloads"


async def submitted(suite: Suite, user: UUID, **body: object) -> dict[str, object]:
    """A download with its list read."""
    answer = await suite.http.post(_BASE, json={"url": _URL} | body, headers=suite.as_user(user))
    assert answer.status_code == 202, answer.text
    assert await suite.parts.lister().turn()
    read: dict[str, object] = (await suite.http.get(answer.headers["location"], headers=suite.as_user(user))).json()
    return read


class TestSubmit:
    async def test_a_playlist_is_listed_and_its_collection_is_named_after_it(self, suite: Suite, user: UUID) -> None:
        read = await submitted(suite, user)
        assert (read["kind"], read["title"], read["collection"], read["items_total"]) == (
            "playlist",
            "A list",
            "A list",
            2,
        )
        assert read["status"] == "queued"

    async def test_only_the_chosen_positions_are_taken(self, suite: Suite, user: UUID) -> None:
        read = await submitted(suite, user, items=[2], collection="")
        assert read["items_total"] == 1
        assert read["collection"] is None

    @pytest.mark.parametrize(("wanted", "taken"), [("2-", [2]), ("1", [1]), ("1-1, 2-9", [1, 2])])
    async def test_a_range_of_positions_may_be_written_as_text(
        self, suite: Suite, user: UUID, wanted: str, taken: list[int]
    ) -> None:
        read = await submitted(suite, user, range=wanted)
        assert [item["index"] for item in read["items"]] == taken  # type: ignore[attr-defined]  # JSON
        assert read["range"] == wanted

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({"range": "5-2"}, "ends before it begins"),
            ({"range": "a-b"}, "is not a position"),
            ({"range": "1,,2"}, "is not a position"),
            ({"range": "0-3"}, "begin with 1"),
            ({"range": ",".join("1" * 101)}, "at most 100"),
            ({"range": "1", "items": [1]}, "not both"),
            ({"subtitles": ["../en"]}, "pattern"),
            ({"subtitles": ["en.*"]}, "pattern"),
            ({"subtitles": ["en"] * 11}, "at most 10"),
            ({"sponsorblock": ["everything"]}, "sponsor"),
            ({"preset": "audio"}, "mp3"),
        ],
    )
    async def test_what_makes_no_sense_is_refused_with_words(
        self, suite: Suite, user: UUID, body: dict[str, object], words: str
    ) -> None:
        answer = await suite.http.post(_BASE, json={"url": _URL} | body, headers=suite.as_user(user))
        assert answer.status_code == 422
        assert words in answer.text

    async def test_subtitles_and_what_is_cut_out_are_kept_as_asked(self, suite: Suite, user: UUID) -> None:
        wish = {"preset": "720p", "subtitles": ["pt-BR", "en", "pt-BR"], "sponsorblock": ["sponsor", "intro"]}
        read = await submitted(suite, user, **wish)
        assert read["subtitles"] == ["pt-BR", "en"]
        assert read["sponsorblock"] == ["intro", "sponsor"]

    async def test_a_collections_name_is_plain_text(self, suite: Suite, user: UUID) -> None:
        read = await submitted(suite, user, collection=" Bread\u202e\nand\x00 butter\u200b ")
        assert read["collection"] == "Bread and butter"

    async def test_the_same_key_yields_the_same_download_and_another_body_a_conflict(
        self, suite: Suite, user: UUID
    ) -> None:
        headers = suite.as_user(user) | {"Idempotency-Key": "k1"}
        first, again = [(await suite.http.post(_BASE, json={"url": _URL}, headers=headers)).json() for _ in range(2)]
        assert first["id"] == again["id"]
        other = await suite.http.post(_BASE, json={"url": _URL, "preset": "720p"}, headers=headers)
        assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")

    async def test_at_one_moment_too_a_key_yields_one_download_and_a_hundred_are_the_most(
        self, suite: Suite, user: UUID
    ) -> None:
        async with suite.rows.work() as work:
            for _ in range(98):
                work.downloads.add(Download(user_id=user, playlist_url=_URL, preset="720p"))
        headers = suite.as_user(user)
        keys = ["k1", "k1", "k2", "k3", "k4"]
        answers = await asyncio.gather(
            *(suite.http.post(_BASE, json={"url": _URL}, headers=headers | {"Idempotency-Key": key}) for key in keys)
        )
        taken = [answer.json()["id"] for answer in answers if answer.status_code == 202]
        assert sorted({answer.status_code for answer in answers}) == [202, 409]
        assert len(set(taken)) == 2

    @pytest.mark.parametrize("url", ["https://example.org/x", "http://10.0.0.1/x", "file:///etc/passwd"])
    async def test_an_address_that_is_not_allowed_is_refused_with_words(
        self, suite: Suite, user: UUID, url: str
    ) -> None:
        answer = await suite.http.post(_BASE, json={"url": url}, headers=suite.as_user(user))
        assert (answer.status_code, answer.json()["code"]) == (422, "DOWNLOAD_ADDRESS_NOT_ALLOWED")

    async def test_a_used_up_storage_is_a_429(self, suite: Suite, user: UUID) -> None:
        async with suite.rows.work() as work:
            await work.users.learn(KnownUser(user_id=user, quota_bytes=0, version=1))
        answer = await suite.http.post(_BASE, json={"url": _URL}, headers=suite.as_user(user))
        assert (answer.status_code, answer.json()["limit"]) == (429, 0)

    async def test_a_user_who_needs_approval_waits_for_an_administrator(self, suite: Suite, user: UUID) -> None:
        async with suite.rows.work() as work:
            await work.users.learn(KnownUser(user_id=user, downloads_need_approval=True, version=1))
        read = await submitted(suite, user)
        assert read["status"] == "waiting_approval"
        path = f"{_BASE}/{read['id']}/approve"
        assert (await suite.http.post(path, headers=suite.as_user(user))).status_code == 403
        approved = await suite.http.post(path, headers=suite.as_user(uuid7(), Role.ADMIN))
        assert approved.json()["status"] == "queued"
        assert await suite.rows.noted() == [("download.approved", read["id"], "127.0.0.1")]

    @pytest.mark.parametrize("listed", [False, True])
    @pytest.mark.parametrize("verb", ["cancel", "decline"])
    async def test_trying_again_does_not_go_past_the_administrator(
        self, suite: Suite, user: UUID, verb: str, listed: bool
    ) -> None:
        async with suite.rows.work() as work:
            await work.users.learn(KnownUser(user_id=user, downloads_need_approval=True, version=1))
        mine, admin = suite.as_user(user), suite.as_user(uuid7(), Role.ADMIN)
        made = (await suite.http.post(_BASE, json={"url": _URL}, headers=mine)).json()
        if listed:
            await suite.parts.lister().turn()
        path = f"{_BASE}/{made['id']}"
        await suite.http.post(f"{path}/{verb}", json={}, headers=mine if verb == "cancel" else admin)
        again = (await suite.http.post(f"{path}/retry", headers=mine)).json()
        assert (again["status"], again["allowed"]["approve"]["ok"]) == ("waiting_approval", True)
        assert (await suite.http.post(f"{path}/approve", headers=admin)).json()["status"] == "queued"
        await suite.http.post(f"{path}/cancel", headers=mine)
        assert (await suite.http.post(f"{path}/retry", headers=mine)).json()["status"] == "queued"

    async def test_without_a_token_it_is_a_401(self, suite: Suite) -> None:
        assert (await suite.http.post(_BASE, json={"url": _URL})).status_code == 401


class TestPreview:
    async def test_shows_what_would_be_fetched(self, suite: Suite, user: UUID) -> None:
        answer = await suite.http.post(f"{_BASE}/preview", json={"url": _URL}, headers=suite.as_user(user))
        body = answer.json()
        assert (body["kind"], body["total"], [entry["index"] for entry in body["entries"]]) == ("playlist", 2, [1, 2])
        assert body["quota"]["limit"] > 0
        assert body["presets"] == ["best", "2160p", "1080p", "720p", "mp3", "m4a", "opus"]


class TestOthers:
    async def test_another_users_download_is_not_there(self, suite: Suite, user: UUID) -> None:
        download = await suite.rows.download(user)
        path, other = f"{_BASE}/{download.id}", suite.as_user(uuid7())
        item = await suite.rows.one(download.id)
        answers = [
            await suite.http.get(path, headers=other),
            await suite.http.delete(path, headers=other),
            await suite.http.post(f"{path}/cancel", headers=other),
            await suite.http.get(f"{path}/items/{item.id}/file", headers=other),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
        assert (await suite.http.get(_BASE, headers=other)).json()["items"] == []

    async def test_only_an_administrator_lists_everybodys(self, suite: Suite, user: UUID) -> None:
        await suite.rows.download(user)
        everything = {"scope": "all"}
        assert (await suite.http.get(_BASE, params=everything, headers=suite.as_user(user))).status_code == 403
        admin = suite.as_user(uuid7(), Role.ADMIN)
        assert len((await suite.http.get(_BASE, params=everything, headers=admin)).json()["items"]) == 1

    async def test_a_list_holds_what_stands_as_it_was_asked_for(self, suite: Suite, user: UUID) -> None:
        made = {status: str((await suite.rows.download(user, status=status)).id) for status in DownloadStatus}
        await suite.rows.download(uuid7(), status=DownloadStatus.FAILED)

        async def listed(*statuses: str) -> list[str]:
            params = {"status": list(statuses)}
            page = (await suite.http.get(_BASE, params=params, headers=suite.as_user(user))).json()
            return [entry["id"] for entry in page["items"]]

        assert await listed("failed") == [made[DownloadStatus.FAILED]]
        assert set(await listed("running", "paused")) == {made[DownloadStatus.RUNNING], made[DownloadStatus.PAUSED]}
        assert len(await listed()) == len(DownloadStatus)
        answer = await suite.http.get(_BASE, params={"status": "asleep"}, headers=suite.as_user(user))
        assert answer.status_code == 422

    async def test_a_list_is_read_page_by_page(self, suite: Suite, user: UUID) -> None:
        made = [str((await suite.rows.download(user)).id) for _ in range(3)]
        seen, cursor = [], None
        while True:
            params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = (await suite.http.get(_BASE, params=params, headers=suite.as_user(user))).json()
            seen += [entry["id"] for entry in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == made[::-1]


class TestActions:
    async def test_cancel_retry_pause_resume(self, suite: Suite, user: UUID) -> None:
        download = await suite.rows.download(user, items=2)
        steps = [("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled"), ("retry", "queued")]
        for verb, status in steps:
            answer = await suite.http.post(f"{_BASE}/{download.id}/{verb}", headers=suite.as_user(user))
            assert (answer.status_code, answer.json()["status"]) == (200, status)

    async def test_the_audit_log_hears_what_an_administrator_does_to_another_s(self, suite: Suite, user: UUID) -> None:
        admin = suite.as_user(uuid7(), Role.ADMIN) | {"X-Forwarded-For": "203.0.113.9"}  # the gateway's own word
        path = f"{_BASE}/{(download := await suite.rows.download(user)).id}"
        for verb in ("pause", "resume", "cancel", "retry"):
            assert (await suite.http.post(f"{path}/{verb}", headers=admin)).status_code == 200
        assert (await suite.http.post(f"{path}/retry", headers=admin)).status_code == 409
        assert (await suite.http.get(path, headers=admin)).status_code == 200
        assert (await suite.http.post(f"{path}/pause", headers=suite.as_user(user))).status_code == 200
        assert (await suite.http.delete(path, headers=admin)).status_code == 204
        done = ("paused", "resumed", "cancelled", "retried", "deleted")
        assert await suite.rows.noted() == [(f"download.{did}", str(download.id), "203.0.113.9") for did in done]

    async def test_what_is_not_possible_says_why(self, suite: Suite, user: UUID) -> None:
        download = await suite.rows.download(user, status=DownloadStatus.COMPLETED)
        answer = await suite.http.post(f"{_BASE}/{download.id}/pause", headers=suite.as_user(user))
        assert (answer.status_code, answer.json()["code"]) == (409, "DOWNLOAD_ACTION_NOT_POSSIBLE")

    async def test_deleting_removes_rows_and_files(self, suite: Suite, user: UUID) -> None:
        download = await suite.rows.download(user)
        folder = suite.media / str(user) / str(download.id)
        folder.mkdir(parents=True)
        (folder / "film.mp4").write_bytes(b"x")
        path = f"{_BASE}/{download.id}"
        assert (await suite.http.delete(path, headers=suite.as_user(user))).status_code == 204
        assert await suite.parts.removing().turn() == 1
        assert not folder.exists()
        assert (await suite.http.get(path, headers=suite.as_user(user))).status_code == 404


class TestFile:
    async def test_is_served_in_ranges_under_its_name(self, suite: Suite, user: UUID) -> None:
        download = await suite.rows.download(user)
        item = await suite.rows.one(download.id)
        relative = f"{user}/{download.id}/Žluťoučký [abc].mp4"
        (suite.media / relative).parent.mkdir(parents=True)
        (suite.media / relative).write_bytes(b"0123456789")
        finish = "update download_items set status = 'completed', file_paths = cast(:paths as jsonb)"
        await execute(suite.rows, finish, paths=json.dumps({"media": relative}))
        url = f"{_BASE}/{download.id}/items/{item.id}/file"
        answer = await suite.http.get(url, headers=suite.as_user(user) | {"Range": "bytes=2-4"})
        assert (answer.status_code, answer.content) == (206, b"234")
        assert answer.headers["content-range"] == "bytes 2-4/10"
        head = await suite.http.head(url, headers=suite.as_user(user))
        assert (head.status_code, head.headers["content-length"], head.content) == (200, "10", b"")
        assert "attachment; filename*=utf-8''" in answer.headers["content-disposition"]
        for wanted in ("bytes=10-", "bytes=x-y", "lines=1-2", "bytes=5-2"):
            refused = await suite.http.get(url, headers=suite.as_user(user) | {"Range": wanted})
            assert (refused.status_code, refused.json()["code"]) == (416, "RANGE_NOT_SATISFIABLE")
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.headers["content-range"] == "bytes */10"
        await execute(suite.rows, finish, paths=json.dumps({"media": "../../etc/passwd"}))
        assert (await suite.http.get(url, headers=suite.as_user(user))).status_code == 404


class TestLanes:
    async def test_an_administrator_pauses_and_resumes_a_way_out(self, suite: Suite, user: UUID) -> None:
        async with suite.rows.work() as work:
            await work.lanes.locked("main")
        admin = suite.as_user(uuid7(), Role.ADMIN)
        paused = await suite.http.post(f"{_BASE}/lanes/main/pause", json={"reason": "Tests."}, headers=admin)
        assert paused.json()["paused"]
        download = await suite.rows.download(user)
        read = await suite.http.get(f"{_BASE}/{download.id}", headers=suite.as_user(user))
        assert read.json()["waiting_for"] == "Tests."
        submitting = await suite.http.post(_BASE, json={"url": _URL}, headers=suite.as_user(user))
        lister, location = suite.parts.lister(), submitting.headers["location"]
        assert not await lister.turn()
        waiting = await suite.http.get(location, headers=suite.as_user(user))
        assert (waiting.json()["status"], waiting.json()["waiting_for"]) == ("queued", "Tests.")
        resumed = await suite.http.post(f"{_BASE}/lanes/main/resume", headers=admin)
        assert (resumed.json()["paused"], resumed.json()["slow"]) == (False, True)
        assert await lister.turn()
        assert [action for action, _, _ in await suite.rows.noted()] == ["lane.paused", "lane.resumed"]
        assert (await suite.http.get(f"{_BASE}/lanes", headers=suite.as_user(user))).status_code == 403
