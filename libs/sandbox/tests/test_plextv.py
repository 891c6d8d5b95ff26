import re
from typing import Any

import httpx2
import pytest

APP = {"Accept": "application/json", "X-Plex-Client-Identifier": "app-1", "X-Plex-Product": "MediaNest"}
OTHER_APP = {**APP, "X-Plex-Client-Identifier": "app-2"}


def make_pin(client: httpx2.Client, **query: str) -> dict[str, Any]:
    answer = client.post("/plextv/api/v2/pins", headers=APP, params=query)
    assert answer.status_code == 201
    pin: dict[str, Any] = answer.json()
    return pin


def claim(client: httpx2.Client, pin: dict[str, Any], username: str) -> str:
    client.post(f"/control/plex/pins/{pin['code']}/claim", json={"username": username}).raise_for_status()
    token: str = client.get(f"/plextv/api/v2/pins/{pin['id']}", headers=APP).json()["authToken"]
    return token


class TestCreatePin:
    def test_refuses_an_application_without_identifier(self, client: httpx2.Client) -> None:
        answer = client.post("/plextv/api/v2/pins", headers={"Accept": "application/json"})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == 1000

    def test_gives_a_short_code_for_a_quarter_of_an_hour(self, client: httpx2.Client) -> None:
        pin = make_pin(client)
        assert re.fullmatch(r"[0-9A-Z]{4}", pin["code"])
        assert 895 <= pin["expiresIn"] <= 900
        assert pin["authToken"] is None
        assert pin["product"] == "MediaNest"
        assert pin["clientIdentifier"] == "app-1"

    @pytest.mark.parametrize("more", [{"params": {"strong": "true"}}, {"data": {"strong": "true"}}])
    def test_gives_a_long_code_when_query_or_form_says_strong(
        self, client: httpx2.Client, more: dict[str, Any]
    ) -> None:
        pin = client.post("/plextv/api/v2/pins", headers=APP, **more).json()
        assert re.fullmatch(r"[a-z0-9]{25}", pin["code"])
        assert pin["expiresIn"] > 1700

    def test_answers_in_xml_unless_json_is_asked_for(self, client: httpx2.Client) -> None:
        answer = client.post("/plextv/api/v2/pins", headers={**APP, "Accept": "*/*"})
        assert answer.headers["content-type"].startswith("application/xml")
        assert re.search(r'<pin id="\d+" code="\w{4}"', answer.text)

    def test_draws_the_link_address_as_a_qr_picture(self, client: httpx2.Client) -> None:
        picture = client.get(make_pin(client)["qr"])
        assert picture.content.startswith(b"\x89PNG")


class TestPollPin:
    def test_has_the_token_once_somebody_claimed_it(self, client: httpx2.Client) -> None:
        token = claim(client, make_pin(client), "alice")
        user = client.get("/plextv/api/v2/user", headers={**APP, "X-Plex-Token": token}).json()
        assert (user["id"], user["username"], user["email"]) == (1002, "alice", "alice@example.test")

    def test_hides_the_pin_from_other_applications(self, client: httpx2.Client) -> None:
        pin = make_pin(client)
        answer = client.get(f"/plextv/api/v2/pins/{pin['id']}", headers=OTHER_APP)
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["code"] == 1020

    def test_is_gone_when_its_time_is_over(self, client: httpx2.Client) -> None:
        pin = make_pin(client)
        client.post(f"/control/plex/pins/{pin['code']}/expire").raise_for_status()
        assert client.get(f"/plextv/api/v2/pins/{pin['id']}", headers=APP).status_code == 404
        assert client.post(f"/control/plex/pins/{pin['code']}/claim", json={"username": "bob"}).status_code == 404

    def test_is_claimed_by_a_device_that_is_signed_in(
        self, client: httpx2.Client, tokens: dict[str, dict[str, str]]
    ) -> None:
        pin = make_pin(client)
        headers = {**OTHER_APP, "X-Plex-Token": tokens["bob"]["account"]}
        assert client.put("/plextv/api/v2/pins/link", headers=headers, data={"code": pin["code"]}).status_code == 204
        assert client.get(f"/plextv/api/v2/pins/{pin['id']}", headers=APP).json()["authToken"]


class TestPages:
    def test_a_person_claims_a_typed_code(self, client: httpx2.Client) -> None:
        pin = make_pin(client)
        page = client.get("/plextv/link", params={"pin": pin["code"]})
        assert f'value="{pin["code"]}"' in page.text
        assert 'data-username="mallory"' in page.text
        answer = client.post("/plextv/claim", json={"code": pin["code"], "username": "bob", "page": "link"})
        assert answer.status_code == 200
        assert client.get(f"/plextv/api/v2/pins/{pin['id']}", headers=APP).json()["authToken"]

    def test_a_strong_code_cannot_be_typed_but_consented_to(self, client: httpx2.Client) -> None:
        pin = make_pin(client, strong="true")
        form = {"code": pin["code"], "username": "bob"}
        assert client.post("/plextv/claim", json={**form, "page": "link"}).status_code == 404
        assert client.post("/plextv/claim", json={**form, "page": "auth"}).status_code == 200

    def test_the_code_in_the_address_cannot_bring_markup(self, client: httpx2.Client) -> None:
        page = client.get("/plextv/link", params={"pin": '"><script>alert(1)</script>'})
        assert "<script>alert" not in page.text


class TestTokens:
    def test_signing_out_ends_that_token_alone(self, client: httpx2.Client) -> None:
        first, second = (claim(client, make_pin(client), "alice") for _ in range(2))
        answer = client.delete("/plextv/api/v2/users/signout", headers={**APP, "X-Plex-Token": first})
        assert answer.status_code == 204
        statuses = [
            client.get("/plextv/api/v2/user", headers={**APP, "X-Plex-Token": token}).status_code
            for token in (first, second)
        ]
        assert statuses == [401, 200]

    def test_revoking_ends_all_and_a_new_sign_in_works(
        self, client: httpx2.Client, tokens: dict[str, dict[str, str]]
    ) -> None:
        client.post("/control/plex/people/alice/revoke").raise_for_status()
        old = client.get("/plextv/api/v2/user", headers={**APP, "X-Plex-Token": tokens["alice"]["account"]})
        assert (old.status_code, old.json()["errors"][0]["code"]) == (401, 1001)
        token = claim(client, make_pin(client), "alice")
        assert client.get("/plextv/api/v2/user", headers={**APP, "X-Plex-Token": token}).status_code == 200

    def test_a_forged_token_is_refused(self, client: httpx2.Client, tokens: dict[str, dict[str, str]]) -> None:
        forged = tokens["alice"]["account"].replace("alice", "owner")
        assert client.get("/plextv/api/v2/user", headers={**APP, "X-Plex-Token": forged}).status_code == 401

    def test_a_managed_user_has_no_mail(self, client: httpx2.Client, tokens: dict[str, dict[str, str]]) -> None:
        headers = {**APP, "X-Plex-Token": tokens["kid"]["account"]}
        assert client.get("/plextv/api/v2/user", headers=headers).json()["email"] is None

    def test_the_older_account_path_and_ping_know_them_too(
        self, client: httpx2.Client, tokens: dict[str, dict[str, str]]
    ) -> None:
        headers = {**APP, "X-Plex-Token": tokens["bob"]["account"]}
        assert client.get("/plextv/users/account.json", headers=headers).json()["user"]["id"] == 1003
        assert client.get("/plextv/api/v2/ping", headers=headers).json() == {"pong": True}


class TestResources:
    def servers(self, client: httpx2.Client, token: str) -> list[dict[str, Any]]:
        answer = client.get("/plextv/api/v2/resources", headers={**APP, "X-Plex-Token": token})
        assert isinstance(answer.json(), list)
        assert any("server" not in each["provides"].split(",") for each in answer.json())
        return [each for each in answer.json() if "server" in each["provides"].split(",")]

    @pytest.mark.parametrize(("who", "owned"), [("owner", True), ("alice", False), ("bob", False), ("kid", False)])
    def test_shows_the_server_to_those_who_may_use_it(
        self, client: httpx2.Client, tokens: dict[str, dict[str, str]], who: str, owned: bool
    ) -> None:
        (server,) = self.servers(client, tokens[who]["account"])
        machine = client.get("/plex/identity", headers=APP).json()["MediaContainer"]["machineIdentifier"]
        assert (server["clientIdentifier"], server["owned"]) == (machine, owned)
        assert server["accessToken"] == tokens[who]["server"]
        assert (server["ownerId"] is None) == owned
        sections = client.get(
            f"{server['connections'][0]['uri']}/library/sections",
            headers={**APP, "X-Plex-Token": server["accessToken"]},
        )
        assert sections.status_code == 200

    def test_shows_mallory_none_and_trent_another(
        self, client: httpx2.Client, tokens: dict[str, dict[str, str]]
    ) -> None:
        machine = client.get("/plex/identity", headers=APP).json()["MediaContainer"]["machineIdentifier"]
        assert self.servers(client, tokens["mallory"]["account"]) == []
        (other,) = self.servers(client, tokens["trent"]["account"])
        assert other["clientIdentifier"] != machine

    def test_unsharing_takes_it_away_and_sharing_gives_it_back(
        self, client: httpx2.Client, tokens: dict[str, dict[str, str]]
    ) -> None:
        client.post("/control/plex/people/bob/unshare").raise_for_status()
        assert self.servers(client, tokens["bob"]["account"]) == []
        client.post("/control/plex/people/bob/share").raise_for_status()
        assert len(self.servers(client, tokens["bob"]["account"])) == 1

    def test_the_owner_sees_friends_in_xml(self, client: httpx2.Client, tokens: dict[str, dict[str, str]]) -> None:
        xml = client.get("/plextv/api/users", headers={"X-Plex-Token": tokens["owner"]["account"]}).text
        machine = client.get("/plex/identity", headers=APP).json()["MediaContainer"]["machineIdentifier"]
        assert xml.count("<User ") == 3
        assert xml.count(f'machineIdentifier="{machine}"') == 4

    def test_friends_are_gone(self, client: httpx2.Client, tokens: dict[str, dict[str, str]]) -> None:
        headers = {**APP, "X-Plex-Token": tokens["owner"]["account"]}
        assert client.get("/plextv/api/v2/friends", headers=headers).status_code == 410
