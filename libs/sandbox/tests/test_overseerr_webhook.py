import json
import queue
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Overseerr = Callable[..., httpx2.Response]
Webhook = tuple[dict[str, str], Any]
MATRIX = {"mediaType": "movie", "mediaId": 603, "is4k": False}
TEMPLATE = {"kind": "{{notification_type}}", "{{request}}": {"id": "no {{request_id}}"}, "{{issue}}": {"id": "x"}}


@pytest.fixture
def listening(client: httpx2.Client, webhook_url: str) -> None:
    client.post("/control/overseerr/webhook", json={"url": webhook_url, "authorization": "Secret words"})


def kinds(heard: "queue.Queue[Webhook]", count: int) -> list[str]:
    return [heard.get(timeout=5)[1]["notification_type"] for _ in range(count)]


@pytest.mark.usefixtures("listening")
class TestDelivery:
    def test_tells_each_step_once_with_the_secret(
        self, client: httpx2.Client, overseerr: Overseerr, next_webhook: Callable[[], Webhook]
    ) -> None:
        made = overseerr("POST", "/request", user=2, json=MATRIX).json()
        overseerr("POST", f"/request/{made['id']}/approve")
        client.post("/control/overseerr/media/movie/603/available")
        steps = [next_webhook() for _ in range(3)]
        assert {headers["authorization"] for headers, _ in steps} == {"Secret words"}
        assert [body["event"] for _, body in steps] == [
            "New Movie Request",
            "Movie Request Approved",
            "Movie Request Now Available",
        ]
        assert [body["media"]["status"] for _, body in steps] == ["PENDING", "PROCESSING", "AVAILABLE"]

    def test_writes_everything_as_text_and_absent_things_as_null(
        self, overseerr: Overseerr, next_webhook: Callable[[], Webhook]
    ) -> None:
        overseerr("POST", "/request", json={"mediaType": "tv", "mediaId": 100088, "is4k": False, "seasons": [1, 2]})
        _, body = next_webhook()
        assert body["notification_type"] == "MEDIA_AUTO_APPROVED"
        assert body["media"] == {
            "media_type": "tv", "tmdbId": "100088", "tvdbId": "392256", "status": "PROCESSING", "status4k": "UNKNOWN",
        }  # fmt: skip
        assert body["request"]["request_id"] == "1"
        assert all(isinstance(value, str) for value in body["request"].values())
        assert (body["issue"], body["comment"]) == (None, None)
        assert body["extra"] == [{"name": "Requested Seasons", "value": "1, 2"}]

    def test_says_nothing_of_what_arrives_before_it_is_approved(
        self, client: httpx2.Client, overseerr: Overseerr, heard: "queue.Queue[Webhook]"
    ) -> None:
        overseerr("POST", "/request", user=2, json=MATRIX)
        client.post("/control/overseerr/media/movie/603/available")
        overseerr("POST", "/request", user=2, json={**MATRIX, "mediaId": 604})
        assert kinds(heard, 2) == ["MEDIA_PENDING", "MEDIA_PENDING"]

    def test_can_be_lost_doubled_and_swapped(
        self, client: httpx2.Client, overseerr: Overseerr, heard: "queue.Queue[Webhook]"
    ) -> None:
        def mischief(**what: int) -> None:
            client.post("/control/overseerr/webhooks", json=what).raise_for_status()

        made = overseerr("POST", "/request", user=2, json=MATRIX).json()
        assert kinds(heard, 1) == ["MEDIA_PENDING"]
        mischief(reorder=1)
        overseerr("POST", f"/request/{made['id']}/approve")
        client.post("/control/overseerr/media/movie/603/available")
        assert kinds(heard, 2) == ["MEDIA_AVAILABLE", "MEDIA_APPROVED"]
        mischief(double=1)
        overseerr("POST", "/request", user=2, json={**MATRIX, "mediaId": 604})
        assert kinds(heard, 2) == ["MEDIA_PENDING", "MEDIA_PENDING"]
        mischief(drop=1)
        second = overseerr("POST", "/request", user=2, json={**MATRIX, "mediaId": 605}).json()
        overseerr("POST", f"/request/{second['id']}/decline")
        assert kinds(heard, 1) == ["MEDIA_DECLINED"]
        sent = client.get("/control/overseerr/webhooks").json()["items"]
        assert [each["outcome"] for each in sent].count("dropped") == 1


class TestSettings:
    def body(self, url: str, template: object = TEMPLATE, types: int = 8190) -> dict[str, Any]:
        options = {"webhookUrl": url, "authHeader": "x", "jsonPayload": json.dumps(json.dumps(template))}
        return {"enabled": True, "types": types, "options": options}

    def test_takes_a_template_inside_a_string_and_gives_it_back_as_text(
        self, overseerr: Overseerr, webhook_url: str, next_webhook: Callable[[], Webhook]
    ) -> None:
        kept = overseerr("POST", "/settings/notifications/webhook", json=self.body(webhook_url)).json()
        assert json.loads(kept["options"]["jsonPayload"]) == TEMPLATE
        assert overseerr("GET", "/settings/notifications/webhook").json() == kept
        overseerr("POST", "/request", json=MATRIX)
        _, body = next_webhook()
        assert body == {"kind": "MEDIA_AUTO_APPROVED", "request": {"id": "no 1"}, "issue": None}

    def test_sends_only_the_types_wanted(
        self, overseerr: Overseerr, webhook_url: str, heard: "queue.Queue[Webhook]"
    ) -> None:
        overseerr("POST", "/settings/notifications/webhook", json=self.body(webhook_url, types=64))
        made = overseerr("POST", "/request", json=MATRIX).json()
        overseerr("POST", f"/request/{made['id']}/decline")
        assert heard.get(timeout=5)[1]["kind"] == "MEDIA_DECLINED"

    def test_a_template_that_is_not_json_is_a_500(self, overseerr: Overseerr, webhook_url: str) -> None:
        body = self.body(webhook_url)
        body["options"]["jsonPayload"] = json.dumps("{oops")
        assert overseerr("POST", "/settings/notifications/webhook", json=body).status_code == 500

    def test_a_test_has_null_objects(
        self, overseerr: Overseerr, client: httpx2.Client, webhook_url: str, next_webhook: Callable[[], Webhook]
    ) -> None:
        client.post("/control/overseerr/webhook", json={"url": webhook_url})
        template = overseerr("GET", "/settings/notifications/webhook").json()["options"]["jsonPayload"]
        body = self.body(webhook_url, json.loads(template))
        assert overseerr("POST", "/settings/notifications/webhook/test", json=body).status_code == 204
        _, heard = next_webhook()
        assert heard["notification_type"] == "TEST_NOTIFICATION"
        assert (heard["media"], heard["request"], heard["extra"]) == (None, None, [])
