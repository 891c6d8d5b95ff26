import re
from collections.abc import Callable

import httpx2


class TestPages:
    def test_the_manual_has_a_line_to_type_for_every_call(self, client: httpx2.Client) -> None:
        page = client.get("/control/docs").text
        for path in ("/control/faults", "/control/plex/pins/{code}/claim", "/control/videos", "/control/reset"):
            assert f"<code>{path}</code>" in page
        assert page.count("<pre>curl") == page.count("<code>/control/")

    def test_every_read_in_the_manual_works(self, client: httpx2.Client) -> None:
        addresses = re.findall(r"<pre>curl &#x27;(http[^&]+)&#x27;</pre>", client.get("/control/docs").text)
        assert len(addresses) > 10
        assert {client.get(address).status_code for address in addresses} == {200}

    def test_the_front_page_shows_what_waits_and_what_is_broken(
        self, client: httpx2.Client, overseerr: Callable[..., httpx2.Response]
    ) -> None:
        overseerr("POST", "/request", user=2, json={"mediaType": "movie", "mediaId": 603, "is4k": False})
        client.post("/control/faults", json={"system": "plex", "kind": "down"})
        page = client.get("/").text
        assert "The Matrix" in page
        assert "misbehaves" in page
        assert 'href="' + str(client.base_url).rstrip("/") + "/control/docs" in page

    def test_no_page_asks_anybody_else_for_anything(self, client: httpx2.Client) -> None:
        ours = str(client.base_url).rstrip("/")
        for path in ("/", "/control/docs", "/plextv/link", "/plextv/auth", "/video/"):
            text = client.get(path).text
            foreign = {each for each in re.findall(r'(?:src|href)="(http[^"]+)"', text) if not each.startswith(ours)}
            assert foreign == set()


class TestReset:
    def test_brings_back_the_first_day(self, client: httpx2.Client, overseerr: Callable[..., httpx2.Response]) -> None:
        before = client.get("/control/people").json()
        overseerr("POST", "/request", json={"mediaType": "movie", "mediaId": 603, "is4k": False})
        client.post("/control/plex/people/alice/revoke")
        client.post("/control/plex/people/bob/unshare")
        client.post("/control/faults", json={"system": "plex", "kind": "down"})
        client.post("/control/overseerr/mode", json={"mode": "overseerr-1.34"})
        client.post("/control/reset").raise_for_status()
        assert client.get("/control/people").json() == before
        assert client.get("/control/faults").json()["items"] == []
        assert overseerr("GET", "/request/count").json()["total"] == 0
        assert overseerr("GET", "/status").json()["version"] == "3.1.0"


class TestRefusals:
    def test_name_what_there_is(self, client: httpx2.Client) -> None:
        answer = client.post("/control/plex/people/nobody/revoke")
        assert answer.status_code == 404
        assert "alice" in answer.json()["detail"]

    def test_an_unknown_title_or_state_is_404(self, client: httpx2.Client) -> None:
        assert client.post("/control/overseerr/media/movie/5/available").status_code == 404
        assert client.post("/control/overseerr/media/movie/603/lost").status_code == 404

    def test_an_unknown_member_is_400(self, client: httpx2.Client) -> None:
        assert client.post("/control/plex/scan", json={"speed": 1}).status_code == 400


class TestPeople:
    def test_somebody_new_signs_in_and_is_shown_to_overseerr_and_the_pages(
        self, client: httpx2.Client, overseerr: Callable[..., httpx2.Response]
    ) -> None:
        made = client.post("/control/plex/people", json={"username": "carol"})
        assert (made.status_code, made.json()["role"]) == (201, "shared")
        identity = {"X-Plex-Client-Identifier": "a test", "Accept": "application/json"}
        pin = client.post("/plextv/api/v2/pins", headers=identity).json()
        client.post(f"/control/plex/pins/{pin['code']}/claim", json={"username": "carol"}).raise_for_status()
        token = client.get(f"/plextv/api/v2/pins/{pin['id']}", headers=identity).json()["authToken"]
        me = client.get("/plextv/api/v2/user", headers=identity | {"X-Plex-Token": token}).json()
        assert (me["id"], me["username"]) == (made.json()["id"], "carol")
        imported = overseerr("POST", "/user/import-from-plex", json={"plexIds": [str(me["id"])]})
        assert [user["plexUsername"] for user in imported.json()] == ["carol"]
        assert "Carol" in client.get("/plextv/link").text

    def test_a_taken_name_or_one_that_is_none_is_refused(self, client: httpx2.Client) -> None:
        assert client.post("/control/plex/people", json={"username": "alice"}).status_code == 409
        assert client.post("/control/plex/people", json={"username": "No-Name"}).status_code == 400
        assert client.post("/control/plex/people", json={"username": "dave", "role": "owner"}).status_code == 400
