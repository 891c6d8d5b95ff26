import time
from typing import Any

import httpx2
import pytest

PATHS = {
    "plextv": "/plextv/link",
    "plex": "/plex/identity",
    "overseerr": "/overseerr/api/v1/status",
    "uptime_kuma": "/uptime-kuma/api/entry-page",
    "video": "/video/playlist/bread-basics",
}


def misbehave(client: httpx2.Client, system: str, kind: str, **more: Any) -> None:
    client.post("/control/faults", json={"system": system, "kind": kind, **more}).raise_for_status()


class TestFaults:
    @pytest.mark.parametrize(("system", "path"), PATHS.items())
    def test_down_closes_the_connection_without_an_answer(self, client: httpx2.Client, system: str, path: str) -> None:
        misbehave(client, system, "down")
        with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
            client.get(path)
        others = [client.get(other).status_code for name, other in PATHS.items() if name != system]
        assert others == [200] * 4
        client.delete("/control/faults", params={"system": system})
        assert client.get(path).status_code == 200

    def test_delay_answers_late(self, client: httpx2.Client) -> None:
        misbehave(client, "plex", "delay", value=0.3)
        started = time.monotonic()
        assert client.get(PATHS["plex"]).status_code == 200
        assert time.monotonic() - started >= 0.3

    def test_status_answers_with_the_code(self, client: httpx2.Client) -> None:
        misbehave(client, "overseerr", "status", value=503)
        assert client.get(PATHS["overseerr"]).status_code == 503

    def test_garbage_is_a_200_that_is_no_json(self, client: httpx2.Client) -> None:
        misbehave(client, "overseerr", "garbage")
        answer = client.get(PATHS["overseerr"])
        assert answer.status_code == 200
        with pytest.raises(ValueError, match="Expecting value"):
            answer.json()

    def test_truncated_promises_more_than_it_sends(self, client: httpx2.Client) -> None:
        misbehave(client, "plex", "truncated")
        with pytest.raises(httpx2.RemoteProtocolError):
            client.get(PATHS["plex"])

    def test_a_path_limits_it_and_times_end_it(self, client: httpx2.Client) -> None:
        misbehave(client, "overseerr", "status", value=500, path="/api/v1/settings", times=1)
        assert client.get(PATHS["overseerr"]).status_code == 200
        public = "/overseerr/api/v1/settings/public"
        assert [client.get(public).status_code for _ in range(2)] == [500, 200]

    @pytest.mark.parametrize("path", ["/uptime-kuma/api/entry-page", "/api/entry-page"])
    def test_takes_a_path_with_or_without_the_systems_prefix(self, client: httpx2.Client, path: str) -> None:
        misbehave(client, "uptime_kuma", "status", value=503, path=path, retry_after=7)
        answer = client.get(PATHS["uptime_kuma"])
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
        assert client.get("/uptime-kuma/api/status-page/home").status_code == 200

    def test_a_delay_and_a_status_add_up(self, client: httpx2.Client) -> None:
        misbehave(client, "plex", "delay", value=0.2)
        misbehave(client, "plex", "status", value=502)
        started = time.monotonic()
        assert client.get(PATHS["plex"]).status_code == 502
        assert time.monotonic() - started >= 0.2

    def test_are_listed_with_what_they_hit(self, client: httpx2.Client) -> None:
        misbehave(client, "plex", "status")
        client.get(PATHS["plex"])
        (fault,) = client.get("/control/faults").json()["items"]
        assert (fault["system"], fault["kind"], fault["value"], fault["seen"]) == ("plex", "status", 500, 1)

    @pytest.mark.parametrize(
        "nonsense",
        [
            {"system": "moon", "kind": "down"},
            {"system": "plex", "kind": "melt"},
            {"system": "plex", "kind": "delay"},
            {"system": "plex", "kind": "status", "value": 99},
            {"system": "plex", "kind": "down", "path": "library"},
            {"system": "plex", "kind": "down", "times": 0},
            {"system": "plex", "kind": "down", "colour": "red"},
        ],
    )
    def test_refuses_nonsense(self, client: httpx2.Client, nonsense: dict[str, Any]) -> None:
        answer = client.post("/control/faults", json=nonsense)
        assert answer.status_code == 400
        assert answer.json()["detail"]

    def test_refuses_a_body_that_is_not_json(self, client: httpx2.Client) -> None:
        assert client.post("/control/faults", content=b"{").status_code == 400


class TestCalls:
    def test_are_kept_with_headers_and_body(self, client: httpx2.Client) -> None:
        client.post("/overseerr/api/v1/request?x=1", json={"a": 1}, headers={"X-Api-Key": "k"})
        (call,) = client.get("/control/calls", params={"system": "overseerr"}).json()["items"]
        assert (call["method"], call["path"], call["query"]) == ("POST", "/api/v1/request", "x=1")
        assert (call["headers"]["x-api-key"], call["body"], call["status"]) == ("k", '{"a":1}', 403)
        assert call["time"].endswith("Z")

    def test_are_kept_when_the_system_is_down(self, client: httpx2.Client) -> None:
        misbehave(client, "plex", "down")
        with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
            client.get(PATHS["plex"])
        (call,) = client.get("/control/calls", params={"system": "plex"}).json()["items"]
        assert call["status"] is None

    def test_are_bounded_and_can_be_forgotten(self, client: httpx2.Client) -> None:
        for _ in range(3):
            client.get(PATHS["plex"])
        client.get(PATHS["overseerr"])
        client.delete("/control/calls", params={"system": "plex"})
        assert [call["system"] for call in client.get("/control/calls").json()["items"]] == ["overseerr"]
        client.delete("/control/calls")
        assert client.get("/control/calls").json()["items"] == []

    def test_do_not_count_the_control_api_itself(self, client: httpx2.Client) -> None:
        client.get("/control/people")
        assert client.get("/control/calls").json()["items"] == []

    def test_of_an_unknown_system_are_refused(self, client: httpx2.Client) -> None:
        assert client.get("/control/calls", params={"system": "moon"}).status_code == 400
