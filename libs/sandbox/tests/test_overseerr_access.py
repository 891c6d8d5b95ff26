from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Overseerr = Callable[..., httpx2.Response]
API = "/overseerr/api/v1"
FORBIDDEN = {"status": 403, "error": "You do not have permission to access this endpoint"}


def set_mode(client: httpx2.Client, mode: str) -> None:
    client.post("/control/overseerr/mode", json={"mode": mode}).raise_for_status()


def switch(client: httpx2.Client, **switches: bool) -> None:
    client.post("/control/overseerr/switches", json=switches).raise_for_status()


class TestKeys:
    def test_nobody_is_401_with_the_text_about_a_cookie(self, client: httpx2.Client) -> None:
        answer = client.get(f"{API}/auth/me")
        assert answer.status_code == 401
        assert answer.json()["message"] == "cookie 'connect.sid' required"
        assert answer.json()["errors"][0]["path"] == "/api/v1/auth/me"

    def test_a_wrong_key_is_403_with_error(self, client: httpx2.Client) -> None:
        answer = client.get(f"{API}/auth/me", headers={"X-Api-Key": "guess"})
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)

    def test_an_unknown_user_is_403(self, overseerr: Overseerr) -> None:
        answer = overseerr("GET", "/auth/me", user=99)
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)

    def test_the_key_alone_is_the_owner_and_with_a_user_that_user(self, overseerr: Overseerr) -> None:
        assert overseerr("GET", "/auth/me").json()["plexId"] == 1001
        assert overseerr("GET", "/auth/me", user=2).json()["plexId"] == 1002

    def test_a_right_key_without_the_right_is_403(self, overseerr: Overseerr) -> None:
        assert overseerr("GET", "/settings/main", user=2).json() == FORBIDDEN
        assert overseerr("GET", "/settings/main").json()["apiKey"] == "sandbox-overseerr-key"


class TestSession:
    def test_a_plex_account_with_access_gets_one(
        self, client: httpx2.Client, tokens: dict[str, dict[str, str]]
    ) -> None:
        answer = client.post(f"{API}/auth/plex", json={"authToken": tokens["bob"]["account"]})
        assert answer.status_code == 200
        assert client.get(f"{API}/auth/me").json()["plexId"] == 1003
        assert client.post(f"{API}/auth/logout").json() == {"status": "ok"}
        assert client.get(f"{API}/auth/me").status_code == 403

    def test_one_without_access_does_not(self, client: httpx2.Client, tokens: dict[str, dict[str, str]]) -> None:
        answer = client.post(f"{API}/auth/plex", json={"authToken": tokens["mallory"]["account"]})
        assert (answer.status_code, answer.json()) == (403, {"message": "Access denied."})


class TestPublic:
    def test_says_which_program_it_is(self, client: httpx2.Client) -> None:
        assert client.get(f"{API}/status").json()["version"] == "3.1.0"
        assert client.get(f"{API}/settings/public").json()["mediaServerType"] == 1
        set_mode(client, "overseerr-1.34")
        assert client.get(f"{API}/status").json()["version"] == "1.34.0"
        assert "mediaServerType" not in client.get(f"{API}/settings/public").json()

    def test_unknown_paths_are_404(self, overseerr: Overseerr) -> None:
        assert overseerr("GET", "/no/such/thing").status_code == 404


class TestSwitches:
    def test_csrf_refuses_writes_and_lets_reads_through(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        switch(client, csrf=True)
        answer = overseerr("POST", "/request", json={"mediaType": "movie", "mediaId": 603, "is4k": False})
        assert answer.status_code == 403
        assert "invalid csrf token" in answer.json()["message"]
        assert overseerr("GET", "/request").status_code == 200

    def test_redirects_to_https_when_told(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        switch(client, redirect_https=True)
        answer = overseerr("POST", "/request", json={})
        assert answer.status_code == 301
        assert answer.headers["location"].startswith("https://")

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("/search?query=matrix", "Unable to retrieve search results."),
            ("/movie/603", "Unable to retrieve movie."),
            ("/tv/1396", "Unable to retrieve series."),
        ],
    )
    def test_tmdb_away_is_a_500_with_its_text(
        self, client: httpx2.Client, overseerr: Overseerr, path: str, text: str
    ) -> None:
        switch(client, tmdb_down=True)
        answer = overseerr("GET", path)
        assert (answer.status_code, answer.json()) == (500, {"message": text})

    def test_refuses_an_unknown_switch(self, client: httpx2.Client) -> None:
        assert client.post("/control/overseerr/switches", json={"gravity": False}).status_code == 400


class TestUsers:
    def plex_ids(self, overseerr: Overseerr) -> list[int]:
        return [each["plexId"] for each in overseerr("GET", "/user").json()["results"]]

    def test_imports_those_who_are_new(self, overseerr: Overseerr) -> None:
        answer = overseerr("POST", "/user/import-from-plex", json={"plexIds": ["1002", "1003", "1004"]})
        assert answer.status_code == 201
        assert [each["plexId"] for each in answer.json()] == [1003]
        assert self.plex_ids(overseerr) == [1001, 1002, 1003]
        assert overseerr("POST", "/user/import-from-plex", json={"plexIds": ["1003"]}).json() == []

    def test_import_can_find_nobody(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        switch(client, import_empty=True)
        answer = overseerr("POST", "/user/import-from-plex", json={"plexIds": ["1003"]})
        assert (answer.status_code, answer.json()) == (201, [])

    def test_hides_mail_and_plex_id_from_others(self, overseerr: Overseerr) -> None:
        seen = overseerr("GET", "/user", user=2).json()["results"][0]
        assert {"email", "plexId"}.isdisjoint(seen)

    def test_pages_have_an_envelope_and_an_end(self, overseerr: Overseerr) -> None:
        page = overseerr("GET", "/user?take=1&skip=1").json()
        assert page["pageInfo"] == {"pages": 2, "pageSize": 1, "results": 2, "page": 2}
        beyond = overseerr("GET", "/user?take=10&skip=50")
        assert (beyond.status_code, beyond.json()["results"]) == (200, [])

    def test_quota_counts_what_was_asked(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        unlimited: dict[str, Any] = overseerr("GET", "/user/2/quota").json()["movie"]
        assert unlimited["limit"] == 0
        assert "remaining" not in unlimited
        client.post("/control/overseerr/users/alice/quota", json={"movie_limit": 1, "movie_days": 7})
        overseerr("POST", "/request", user=2, json={"mediaType": "movie", "mediaId": 603, "is4k": False})
        used = overseerr("GET", "/user/2/quota").json()["movie"]
        assert used == {"days": 7, "limit": 1, "used": 1, "remaining": 0, "restricted": True}
