import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Webhook = tuple[dict[str, str], Any]
KEY = ("", "uk1_sandbox")
LINE = re.compile(r'^(\w+)\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\} (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def metrics(client: httpx2.Client) -> dict[str, dict[str, tuple[dict[str, str], float]]]:
    """By metric and monitor's name: labels and value."""
    answer = client.get("/uptime-kuma/metrics", auth=KEY)
    assert answer.status_code == 200
    found: dict[str, dict[str, tuple[dict[str, str], float]]] = {}
    for line in answer.text.splitlines():
        if matched := LINE.match(line):
            labels = dict(LABEL.findall(matched.group(2)))
            found.setdefault(matched.group(1), {})[labels.get("monitor_name", "")] = (labels, float(matched.group(3)))
    return found


def statuses(client: httpx2.Client) -> dict[str, float]:
    return {name: value for name, (_, value) in metrics(client)["monitor_status"].items()}


def beat(client: httpx2.Client) -> None:
    client.post("/control/uptime-kuma/beat").raise_for_status()


def set_up(client: httpx2.Client, **settings: Any) -> None:
    client.post("/control/uptime-kuma/settings", json=settings).raise_for_status()


class TestAccess:
    @pytest.mark.parametrize("auth", [None, ("", "uk1_guess"), ("admin", "sandbox")])
    def test_anything_but_the_key_is_401(self, client: httpx2.Client, auth: tuple[str, str] | None) -> None:
        answer = client.get("/uptime-kuma/metrics", auth=auth)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic")

    def test_the_user_name_beside_the_key_does_not_matter(self, client: httpx2.Client) -> None:
        assert client.get("/uptime-kuma/metrics", auth=("anybody", KEY[1])).status_code == 200

    def test_the_sixty_first_call_in_a_minute_is_401_too(self, client: httpx2.Client) -> None:
        answers = [client.get("/uptime-kuma/metrics", auth=KEY).status_code for _ in range(61)]
        assert answers == [200] * 60 + [401]

    def test_can_ask_for_a_password_or_nothing(self, client: httpx2.Client) -> None:
        set_up(client, auth="password")
        assert client.get("/uptime-kuma/metrics", auth=KEY).status_code == 401
        assert client.get("/uptime-kuma/metrics", auth=("admin", "sandbox")).status_code == 200
        set_up(client, auth="open")
        assert client.get("/uptime-kuma/metrics").status_code == 200


class TestMetrics:
    def test_has_a_monitor_of_each_status_and_odd_names(self, client: httpx2.Client) -> None:
        text = client.get("/uptime-kuma/metrics", auth=KEY).text
        found = metrics(client)
        assert {value for _, value in found["monitor_status"].values()} == {0, 1, 2, 3}
        assert found["monitor_response_time"]["Old laptop"][1] == -1
        assert text.count('monitor_status{monitor_id="8",monitor_name="Website"') == 1
        assert text.count('monitor_status{monitor_id="9",monitor_name="Website"') == 1
        assert 'monitor_name="Kitchen \\"Pi\\" \\\\ display"' in text
        assert found["monitor_status"]["Everything at home"][0]["monitor_type"] == "group"
        assert found["monitor_status"]["Home router"][0]["monitor_port"] == "null"

    def test_leaves_out_the_paused_and_the_silent(self, client: httpx2.Client) -> None:
        assert {"Garden sensor", "Nightly backup"}.isdisjoint(statuses(client))

    def test_labels_and_gauges_follow_the_version(self, client: httpx2.Client) -> None:
        assert metrics(client)["monitor_uptime_ratio"]["Plex"][0]["window"] in {"1d", "30d", "365d"}
        set_up(client, profile="2.0")
        found = metrics(client)
        assert "monitor_uptime_ratio" not in found
        assert found["monitor_status"]["Plex"][0]["monitor_id"] == "1"
        set_up(client, profile="1.23")
        found = metrics(client)
        assert "monitor_id" not in found["monitor_status"]["Plex"][0]
        assert found["app_version"][""][0]["version"] == "1.23.16"

    def test_all_series_are_away_after_a_restart_until_a_beat(self, client: httpx2.Client) -> None:
        client.post("/control/uptime-kuma/restart").raise_for_status()
        assert "monitor_status" not in metrics(client)
        beat(client)
        assert statuses(client)["Plex"] == 1


class TestBeats:
    @pytest.mark.parametrize("kind", [{"kind": "down"}, {"kind": "status", "value": 503}])
    def test_follow_what_is_wrong_with_plex(self, client: httpx2.Client, kind: dict[str, Any]) -> None:
        client.post("/control/faults", json={"system": "plex", **kind}).raise_for_status()
        beat(client)
        assert (statuses(client)["Plex"], statuses(client)["Overseerr"]) == (0, 1)
        client.delete("/control/faults")
        beat(client)
        assert statuses(client)["Plex"] == 1

    def test_ignore_a_fault_on_another_path(self, client: httpx2.Client) -> None:
        client.post("/control/faults", json={"system": "plex", "kind": "down", "path": "/library"}).raise_for_status()
        beat(client)
        assert statuses(client)["Plex"] == 1

    def test_show_a_slow_answer(self, client: httpx2.Client) -> None:
        client.post("/control/faults", json={"system": "overseerr", "kind": "delay", "value": 3}).raise_for_status()
        beat(client)
        assert metrics(client)["monitor_response_time"]["Overseerr"][1] > 3000

    def test_are_pending_before_down_where_there_are_retries(self, client: httpx2.Client) -> None:
        client.patch("/control/uptime-kuma/monitors/1", json={"retries": 1}).raise_for_status()
        client.post("/control/faults", json={"system": "plex", "kind": "down"})
        seen = []
        for _ in range(2):
            beat(client)
            seen.append(statuses(client)["Plex"])
        assert seen == [2, 0]


class TestNotifications:
    @pytest.fixture(autouse=True)
    def listening(self, client: httpx2.Client, webhook_url: str) -> None:
        client.post("/control/uptime-kuma/webhook", json={"url": webhook_url, "authorization": "Secret"})

    def test_tell_of_down_and_up_again(self, client: httpx2.Client, next_webhook: Callable[[], Webhook]) -> None:
        client.post("/control/faults", json={"system": "plex", "kind": "down"})
        beat(client)
        beat(client)
        client.delete("/control/faults")
        beat(client)
        (headers, down), (_, up) = next_webhook(), next_webhook()
        assert headers["authorization"] == "Secret"
        assert (down["heartbeat"]["status"], down["monitor"]["name"]) == (0, "Plex")
        assert down["msg"].startswith("[Plex] [🔴 Down]")
        assert (up["heartbeat"]["status"], up["heartbeat"]["monitorID"]) == (1, 1)

    def test_say_nothing_of_maintenance(self, client: httpx2.Client, next_webhook: Callable[[], Webhook]) -> None:
        for status in ("maintenance", "up", "down"):
            client.patch("/control/uptime-kuma/monitors/4", json={"status": status}).raise_for_status()
            beat(client)
        _, body = next_webhook()
        assert (body["heartbeat"]["status"], body["monitor"]["name"]) == (0, "Home router")

    def test_a_test_has_neither_beat_nor_monitor(
        self, client: httpx2.Client, next_webhook: Callable[[], Webhook]
    ) -> None:
        client.post("/control/uptime-kuma/test").raise_for_status()
        _, body = next_webhook()
        assert (body["heartbeat"], body["monitor"]) == (None, None)


class TestStatusPage:
    def test_shows_the_public_monitors_only(self, client: httpx2.Client) -> None:
        page = client.get("/uptime-kuma/api/status-page/Home").json()
        names = [each["name"] for each in page["publicGroupList"][0]["monitorList"]]
        assert names == ["Plex", "Overseerr", "Video site", "Home router"]
        assert page["incidents"] == []
        set_up(client, profile="2.0")
        assert client.get("/uptime-kuma/api/status-page/home").json()["incident"] is None

    def test_gives_beats_in_utc_without_saying_so(self, client: httpx2.Client) -> None:
        beats = client.get("/uptime-kuma/api/status-page/heartbeat/home").json()
        first = beats["heartbeatList"]["1"][0]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", first["time"])
        assert first["msg"] == ""
        assert beats["uptimeList"]["1_24"] == 1.0

    def test_an_unknown_page_is_404_but_has_empty_beats(self, client: httpx2.Client) -> None:
        answer = client.get("/uptime-kuma/api/status-page/other")
        assert (answer.status_code, answer.json()) == (404, {"status": "fail", "msg": "Status Page Not Found"})
        beats = client.get("/uptime-kuma/api/status-page/heartbeat/other")
        assert (beats.status_code, beats.json()) == (200, {"heartbeatList": {}, "uptimeList": {}})

    def test_the_oldest_version_never_answers_for_one(self, client: httpx2.Client) -> None:
        set_up(client, profile="1.23")
        with pytest.raises(httpx2.ReadTimeout):
            client.get("/uptime-kuma/api/status-page/other", timeout=0.3)

    def test_can_be_stale(self, client: httpx2.Client) -> None:
        set_up(client, stale=True)

        def newest() -> str:
            beats = client.get("/uptime-kuma/api/status-page/heartbeat/home").json()
            return str(beats["heartbeatList"]["1"][-1]["time"])

        before = newest()
        beat(client)
        assert newest() == before
        set_up(client, stale=False)
        assert newest() > before


class TestPush:
    def test_a_first_push_brings_the_monitor_into_sight(self, client: httpx2.Client) -> None:
        answer = client.get("/uptime-kuma/api/push/sandbox-push-token", params={"status": "up", "ping": "12.5"})
        assert answer.json() == {"ok": True}
        assert metrics(client)["monitor_response_time"]["Nightly backup"][1] == 12

    def test_an_unknown_token_is_404(self, client: httpx2.Client) -> None:
        answer = client.get("/uptime-kuma/api/push/guess")
        assert answer.status_code == 404
        assert answer.json() == {"ok": False, "msg": "Monitor not found or not active."}

    def test_badges_hide_what_is_not_public(self, client: httpx2.Client) -> None:
        assert "Up" in client.get("/uptime-kuma/api/badge/1/status").text
        assert "N/A" in client.get("/uptime-kuma/api/badge/7/status").text
