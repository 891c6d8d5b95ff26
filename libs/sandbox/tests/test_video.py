import time
import xml.etree.ElementTree as ET
import zlib
from typing import Any

import httpx2
import pytest


def videos(client: httpx2.Client, slug: str | None = "hundred-small-things") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/control/video/videos").json()["items"]
    return [each for each in items if each["list"] == slug]


@pytest.fixture
def video(client: httpx2.Client) -> dict[str, Any]:
    """A video whose file is made already, so that tests of misbehaviour need not wait for it."""
    chosen = videos(client)[0]
    client.get(chosen["file"], timeout=60).raise_for_status()
    return chosen


def switch(client: httpx2.Client, video: dict[str, Any], **what: Any) -> None:
    client.post(f"/control/video/videos/{video['id']}/switch", json=what).raise_for_status()


def feed_ids(client: httpx2.Client, slug: str) -> list[str]:
    root = ET.fromstring(client.get(f"/video/playlist/{slug}").content)
    return [str(item.findtext("guid")) for item in root.iterfind("./channel/item")]


def change_feed(client: httpx2.Client, slug: str, **what: Any) -> dict[str, Any]:
    answer = client.post(f"/control/video/feeds/{slug}", json=what)
    answer.raise_for_status()
    changed: dict[str, Any] = answer.json()
    return changed


class TestVideos:
    def test_lists_single_videos_and_playlists_of_5_and_100(self, client: httpx2.Client) -> None:
        items = client.get("/control/videos").json()["items"]
        assert {each["kind"] for each in items} == {"video", "playlist"}
        assert {5, 100} <= {each["entries"] for each in items}
        assert all(set(each) == {"title", "url", "kind", "entries"} for each in items)
        assert all(client.get(each["url"]).status_code == 200 for each in items)

    def test_a_hundred_entries_differ_in_id_title_and_address(self, client: httpx2.Client) -> None:
        entries = videos(client)
        for name in ("id", "title", "url", "file"):
            assert len({each[name] for each in entries}) == 100


class TestFile:
    def test_is_a_small_real_film(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        answer = client.get(video["file"])
        assert answer.headers["content-type"] == "video/mp4"
        assert 150_000 < len(answer.content) < 900_000
        assert answer.content[4:8] == b"ftyp"

    def test_comes_in_parts(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        whole = client.get(video["file"]).content
        part = client.get(video["file"], headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, whole[100:200])
        assert part.headers["content-range"] == f"bytes 100-199/{len(whole)}"
        tail = client.get(video["file"], headers={"Range": f"bytes={len(whole) - 10}-"})
        assert tail.content == whole[-10:]
        beyond = client.get(video["file"], headers={"Range": f"bytes={len(whole)}-"})
        assert beyond.status_code == 416

    def test_arrives_at_the_pace_asked_for(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        client.post("/control/video/throttle", json={"bytes_per_second": 200_000}).raise_for_status()
        started = time.monotonic()
        client.get(video["file"], headers={"Range": "bytes=0-99999"})
        assert 0.4 < time.monotonic() - started < 2


class TestSwitches:
    def test_refuses_a_few_times_then_works(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        switch(client, video, kind="status", value=500, times=2)
        assert [client.get(video["file"]).status_code for _ in range(3)] == [500, 500, 200]

    def test_says_when_to_come_back_or_not(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        switch(client, video, kind="status", value=429, retry_after=60, times=1)
        switch(client, video, kind="status", value=429, times=1)
        assert client.get(video["file"]).headers["retry-after"] == "60"
        assert "retry-after" not in client.get(video["file"]).headers

    @pytest.mark.parametrize("kind", ["short", "reset"])
    def test_breaks_off(self, client: httpx2.Client, video: dict[str, Any], kind: str) -> None:
        switch(client, video, kind=kind, value=1000)
        with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
            client.get(video["file"])

    def test_stalls(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        switch(client, video, kind="stall", value=1000)
        with pytest.raises(httpx2.ReadTimeout):
            client.get(video["file"], timeout=0.4)

    def test_knows_no_ranges(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        switch(client, video, kind="no-range")
        answer = client.get(video["file"], headers={"Range": "bytes=100-199"})
        assert answer.status_code == 200
        assert len(answer.content) > 100_000

    def test_lies_about_length_and_type(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        size = len(client.get(video["file"]).content)
        switch(client, video, kind="wrong-length", value=1000)
        switch(client, video, kind="wrong-type")
        answer = client.get(video["file"])
        assert len(answer.content) == size - 1000
        assert answer.headers["content-type"].startswith("text/html")

    def test_never_ends(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        switch(client, video, kind="endless")
        with client.stream("GET", video["file"]) as answer:
            assert "content-length" not in answer.headers
            got = 0
            for chunk in answer.iter_bytes():
                got += len(chunk)
                if got > 3_000_000:
                    break
        assert got > 3_000_000

    @pytest.mark.parametrize(("kind", "where"), [("endless", "file"), ("endless", "page"), ("bomb", "page")])
    def test_without_an_end_keeps_nobody_else_waiting_once_its_reader_has_gone(
        self, client: httpx2.Client, video: dict[str, Any], kind: str, where: str
    ) -> None:
        switch(client, video, kind=kind, where=where)
        with client.stream("GET", video["file" if where == "file" else "url"]) as answer:
            next(answer.iter_raw())
        for _ in range(5):
            assert client.get("/control/health", timeout=10).status_code == 200

    def test_a_private_video_says_so_on_its_page(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        switch(client, video, kind="private")
        answer = client.get(video["url"])
        assert answer.status_code == 403
        assert "private" in answer.text

    def test_can_be_for_all_and_switched_off(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        switch(client, {"id": "*"}, kind="status", value=403, where="page")
        assert client.get(video["url"]).status_code == 403
        client.delete("/control/video/videos/*/switch")
        assert client.get(video["url"]).status_code == 200

    @pytest.mark.parametrize("what", [{"kind": "melt"}, {"kind": "throttle"}, {"kind": "short", "colour": 1}])
    def test_refuses_nonsense(self, client: httpx2.Client, video: dict[str, Any], what: dict[str, Any]) -> None:
        assert client.post(f"/control/video/videos/{video['id']}/switch", json=what).status_code == 400


class TestFeeds:
    def test_keeps_its_ids(self, client: httpx2.Client) -> None:
        before = feed_ids(client, "bread-basics")
        client.post("/control/reset")
        assert feed_ids(client, "bread-basics") == before
        assert len(set(before)) == 5

    def test_changes_as_told(self, client: httpx2.Client) -> None:
        first, second, *_ = ids = feed_ids(client, "bread-basics")
        added = change_feed(client, "bread-basics", remove=[first], duplicate=[second], add=1, reversed=True)["added"]
        now = feed_ids(client, "bread-basics")
        assert first not in now
        assert now.count(second) == 2
        assert sorted(set(now)) == sorted({*ids, *added} - {first})
        assert client.get(f"/video/watch/{added[0]}").status_code == 200
        assert client.get(f"/video/watch/{first}").status_code == 200

    def test_can_hold_a_thousand(self, client: httpx2.Client) -> None:
        change_feed(client, "harbour-light", add=1000)
        assert len(set(feed_ids(client, "harbour-light"))) == 1004

    def test_can_be_empty_or_broken(self, client: httpx2.Client) -> None:
        change_feed(client, "bread-basics", empty=True)
        assert feed_ids(client, "bread-basics") == []
        change_feed(client, "bread-basics", broken=True)
        with pytest.raises(ET.ParseError):
            feed_ids(client, "bread-basics")


class TestTraps:
    def test_leads_where_one_must_not_go(self, client: httpx2.Client) -> None:
        traps = client.get("/control/video/evil").json()["items"]
        targets = {client.get(each["url"]).headers.get("location", "") for each in traps}
        assert "http://169.254.169.254/latest/meta-data/" in targets
        assert "file:///etc/passwd" in targets
        assert any(target.startswith("http://[::1]:") for target in targets)

    def test_evil_names_reach_the_page_as_they_are(self, client: httpx2.Client) -> None:
        listed = videos(client, "evil")
        assert {"..", "../../outside"} <= {each["title"] for each in listed}
        page = client.get(next(each["url"] for each in listed if each["title"] == "..")).text
        assert '"name": ".."' in page
        script = next(each["url"] for each in listed if each["title"].startswith("<script>"))
        assert "<script>alert" not in client.get(script).text

    @pytest.mark.parametrize("way", ["media", "moved", "picture", "segment", "key"])
    def test_a_page_hides_an_inner_address_where_a_downloader_reads_one(self, client: httpx2.Client, way: str) -> None:
        page = client.get(f"/video/trap/{way}/link-local")
        text = page.text + client.get(f"/video/trap/{way}/link-local/index.m3u8").text
        if way == "moved":
            text += client.get("/video/redirect/link-local").headers["location"]
        assert page.status_code == 200
        assert "169.254.169.254" in text

    @pytest.mark.parametrize("path", ["/video/trap/media/nowhere", "/video/trap/elsewhere/loopback"])
    def test_there_are_no_others(self, client: httpx2.Client, path: str) -> None:
        assert client.get(path).status_code == 404

    def test_a_bomb_is_small_on_the_wire(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        switch(client, video, kind="bomb")
        with client.stream("GET", video["file"]) as answer:
            sent = next(answer.iter_raw(2000))
        assert len(zlib.decompressobj(31).decompress(sent)) > 1_000_000

    def test_a_page_in_place_of_a_film(self, client: httpx2.Client, video: dict[str, Any]) -> None:
        switch(client, video, kind="html")
        answer = client.get(video["file"])
        assert (answer.headers["content-type"], answer.text[:9]) == ("video/mp4", "<!doctype")
