"""The service as a whole: real Postgres and NATS, the sandbox over HTTP."""

import asyncio
import time
from functools import partial
from typing import Any

import nats
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from medianest_common.contracts.status import ServiceStateChanged
from medianest_common.contracts.streams import INTEGRATIONS, STATUS_CURRENT
from medianest_devstack.testing import Broker

from .hearing import Ear
from .support import WEBHOOK_SECRET, Sandbox, StartService, bearer, connected, eventually

WEBHOOK = "/api/v1/webhooks/uptime-kuma"


class TestFault:
    async def test_shows_within_seconds_everywhere_and_goes_as_quickly(
        self, start: StartService, sandbox: Sandbox, ear: Ear
    ) -> None:
        status = await start(**connected(sandbox))
        for name in ("plex", "overseerr", "uptime_kuma"):
            await status.until(name, "up")
        assert (await status.get("/status"))["headline"]["health"] == "up"

        began = time.monotonic()
        await sandbox.fault("plex", "down")
        down = await status.until("plex", "down")
        assert time.monotonic() - began < 5
        assert down["message"]
        whole = await status.get("/status")
        assert whole["headline"]["title"] == "Plex is down. You cannot watch now."
        assert whole["abilities"]["watch"]["since"] == down["since"]
        assert whole["abilities"]["request"]["ok"] is True
        incidents = (await status.get("/status/plex"))["incidents"]
        assert [incident["id"] for incident in incidents] == [down["incident_id"]]

        await sandbox.heal()
        up = await status.until("plex", "up")
        assert up["incident_id"] is None

        async def told() -> bool:
            changes = [one for one in ear.of(ServiceStateChanged.subject) if one["service_id"] == "plex"]
            return [one["health"] for one in changes] == ["up", "down", "up"]

        await eventually(told)
        versions = [one["version"] for one in ear.of(ServiceStateChanged.subject) if one["service_id"] == "plex"]
        assert versions == sorted(set(versions))
        kept = await status.kept(STATUS_CURRENT, "plex")
        assert kept is not None
        assert (kept["health"], kept["audience"]) == ("up", ["all"])
        beats = ear.of("medianest.live.status.service.plex")
        assert {beat["health"] for beat in beats} == {"up", "down"}

    async def test_one_lost_answer_is_not_an_outage(self, start: StartService, sandbox: Sandbox, ear: Ear) -> None:
        status = await start(**connected(sandbox))
        await status.until("plex", "up")
        await sandbox.control("POST", "/faults", {"system": "plex", "kind": "down", "path": "/identity", "times": 1})

        async def looked_again() -> bool:
            return len([call for call in await sandbox.calls("plex") if call["path"].endswith("/identity")]) > 6

        await eventually(looked_again)
        changes = [one["health"] for one in ear.of(ServiceStateChanged.subject) if one["service_id"] == "plex"]
        assert changes == ["up"]

    async def test_of_any_kind_is_seen(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start(**connected(sandbox))
        for kind, value in (("status", 503), ("garbage", None)):
            await status.until("overseerr", "up")
            await sandbox.fault("overseerr", kind, value)
            await status.until("overseerr", "down")
            assert (await status.get("/status"))["abilities"]["request"]["ok"] is False
            await sandbox.heal()

    async def test_a_refused_key_limits_the_service(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start(**connected(sandbox) | {"overseerr_api_key": SecretStr("wrong")})
        found = await status.until("overseerr", "degraded")
        assert found["message"] == "It does not take our API key."
        assert (await status.get("/status"))["abilities"]["request"]["ok"] is False


class TestKuma:
    async def test_its_monitors_are_merged_and_unknown_while_it_is_away(
        self, start: StartService, sandbox: Sandbox
    ) -> None:
        status = await start(**connected(sandbox))
        await status.until("kuma.1", "up")
        await sandbox.fault("uptime_kuma", "down")
        await status.until("uptime_kuma", "down")
        lost = await status.until("kuma.1", "unknown")
        assert lost["behind"] == "uptime_kuma"
        assert (await status.service("plex"))["health"] == "up"
        await sandbox.heal()
        await status.until("uptime_kuma", "up")

    async def test_a_webhook_has_the_monitors_read_again_but_never_more_than_twice_a_minute(
        self, start: StartService, sandbox: Sandbox
    ) -> None:
        status = await start(**connected(sandbox))
        await status.until("kuma.4", "up")
        await sandbox.control("PATCH", "/uptime-kuma/monitors/4", {"status": "down"})
        await sandbox.control("POST", "/uptime-kuma/beat")
        headers = {"Authorization": WEBHOOK_SECRET}
        for _ in range(5):
            answer = await status.http.post(WEBHOOK, headers=headers, json={"heartbeat": None, "monitor": None})
            assert answer.status_code == 204
        await status.until("kuma.4", "down")
        await status.http.post(WEBHOOK, headers=headers, content=b"not json")
        await asyncio.sleep(1.5)
        reads = [call for call in await sandbox.calls("uptime_kuma") if call["path"].endswith("/metrics")]
        assert len(reads) == 2

    async def test_a_webhook_without_the_secret_is_refused(self, start: StartService) -> None:
        status = await start()
        for sent in (None, "guess", f"{WEBHOOK_SECRET} x", "ü"):
            headers = {} if sent is None else {b"Authorization": sent.encode()}
            answer = await status.http.post(WEBHOOK, headers=headers, json={})
            assert (answer.status_code, answer.json()["code"]) == (401, "WEBHOOK_REFUSED"), sent

    async def test_a_webhook_is_refused_when_no_secret_was_agreed(self, start: StartService) -> None:
        status = await start(uptime_kuma_webhook_secret=None)
        assert (await status.http.post(WEBHOOK, headers={"Authorization": ""}, json={})).status_code == 401


class TestFirstValues:
    async def test_are_put_in_once_for_ever(self, start: StartService, sandbox: Sandbox) -> None:
        first = await start(**connected(sandbox))
        deleted = await first.http.delete("/api/v1/integrations/plex", headers=bearer("admin"))
        assert deleted.status_code == 204
        second = await start(**connected(sandbox))
        assert {item["service_id"] for item in (await second.get("/status"))["items"]} >= {"overseerr"}
        assert await second.service("plex") == {}


class TestBuckets:
    async def test_are_rebuilt_when_they_were_lost(self, start: StartService, sandbox: Sandbox, broker: Broker) -> None:
        first = await start(**connected(sandbox))
        await first.until("plex", "up")
        client = await nats.connect(broker.url_for("provisioner"), inbox_prefix=b"_INBOX.provisioner")
        for bucket in (INTEGRATIONS, STATUS_CURRENT):
            await client.jetstream().purge_stream(bucket.stream)
        await client.close()
        second = await start(**connected(sandbox))
        for bucket in (INTEGRATIONS, STATUS_CURRENT):
            for name in ("plex", "overseerr", "uptime_kuma"):
                await eventually(partial(second.kept, bucket, name))


class TestPublicPage:
    async def test_is_not_there_unless_switched_on(self, start: StartService) -> None:
        status = await start()
        assert (await status.http.get("/api/v1/public/status")).status_code == 404

    async def test_shows_health_without_addresses_monitors_and_private_services(
        self, start: StartService, sandbox: Sandbox
    ) -> None:
        status = await start(**connected(sandbox), public_status=True)
        await status.until("kuma.1", "up")
        answer = await status.http.get("/api/v1/public/status")
        assert [item["name"] for item in answer.json()["items"]] == ["Plex", "Overseerr", "Uptime Kuma"]
        assert len(answer.json()["items"][0]["days"]) == 90
        assert "127.0.0.1" not in answer.text


class TestDatabaseAway:
    async def test_the_last_answer_is_served_and_marked_stale(
        self, start: StartService, sandbox: Sandbox, engine: AsyncEngine
    ) -> None:
        status = await start(**connected(sandbox))
        await status.until("plex", "up")
        async with engine.begin() as db:
            await db.execute(text("alter table service_status rename to service_status_away"))

        async def stale() -> dict[str, Any] | None:
            whole: dict[str, Any] = await status.get("/status")
            return whole if whole["stale"] else None

        assert {item["service_id"] for item in (await eventually(stale))["items"]} >= {"plex", "overseerr"}
        async with engine.begin() as db:
            await db.execute(text("alter table service_status_away rename to service_status"))

        async def fresh() -> bool:
            return not (await status.get("/status"))["stale"]

        await eventually(fresh)


class TestDoor:
    async def test_needs_a_session(self, start: StartService) -> None:
        status = await start()
        for path in ("/status", "/status/plex", "/status/plex/history", "/incidents", "/maintenance"):
            assert (await status.http.get(f"/api/v1{path}")).status_code == 401, path

    async def test_answers_problems_for_what_is_not_there(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start(**connected(sandbox))
        for path, code in (("/status/none", 404), ("/status/plex/history?range=1y", 422), ("/incidents?cursor=x", 422)):
            answer = await status.http.get(f"/api/v1{path}", headers=bearer())
            assert answer.status_code == code, answer.text
            assert answer.headers["content-type"] == "application/problem+json"

    async def test_is_ready_when_everything_it_needs_is_there(self, start: StartService) -> None:
        status = await start()
        answer = await status.http.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert (await status.http.get("/metrics")).status_code == 200

    async def test_incidents_and_windows_are_written_by_those_who_configure(
        self, start: StartService, sandbox: Sandbox
    ) -> None:
        status = await start(**connected(sandbox))
        body = {"title": "Disk swap tonight", "text": "An hour without Plex.", "service_id": "plex"}
        refused = await status.http.post("/api/v1/incidents", headers=bearer(), json=body)
        assert refused.status_code == 403
        made = (await status.http.post("/api/v1/incidents", headers=bearer("admin"), json=body)).json()
        path = f"/api/v1/incidents/{made['id']}"
        ended = await status.http.patch(path, headers=bearer("admin"), json={"ended": True, "text": "Done."})
        assert (ended.json()["text"], ended.json()["version"]) == ("Done.", 2)
        assert ended.json()["ended_at"]
        assert [one["title"] for one in (await status.get("/incidents?service_id=plex"))["items"]] == [body["title"]]
