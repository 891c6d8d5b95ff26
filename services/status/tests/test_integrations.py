"""Setting integrations over HTTP, against the sandbox."""

from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from medianest_common.contracts.streams import INTEGRATIONS, STATUS_CURRENT
from medianest_common.crypto import SealBroken, Sealer
from medianest_sandbox.people import account_token

from .support import OVERSEERR_KEY, READERS, Running, Sandbox, StartService, bearer, connected, eventually

PATH = "/api/v1/integrations"


async def call(status: Running, method: str, path: str, body: Any = None, role: str = "admin") -> httpx2.Response:
    return await status.http.request(method, f"{PATH}{path}", json=body, headers=bearer(role))


async def settings_kept(status: Running, integration_id: str, **wanted: Any) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        kept = await status.kept(INTEGRATIONS, integration_id)
        return kept if kept and wanted.items() <= kept.items() else None

    found: dict[str, Any] = await eventually(look)
    return found


def plex(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    return {"kind": "plex", "url": sandbox.plex, "secret": account_token("owner")} | changes


IMPOSSIBLE = (
    {"kind": "http", "name": "Cloud", "url": "http://169.254.169.254/latest"},
    {"kind": "http", "name": "File", "url": "file:///etc/passwd"},
    {"kind": "http", "url": "http://127.0.0.1:9"},
    {"kind": "http", "name": "Loop", "url": "http://127.0.0.1:9", "depends_on": "nothing", "force": True},
    {"kind": "plex", "url": "http://127.0.0.1:9", "private": True, "force": True},
    {"kind": "telescope", "url": "http://127.0.0.1:9"},
)


class TestCreate:
    async def test_saves_what_passes_its_test_and_tells_only_those_who_work_with_it(
        self, start: StartService, sandbox: Sandbox, engine: AsyncEngine
    ) -> None:
        status = await start()
        answer = await call(status, "POST", "", plex(sandbox))
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"{PATH}/plex"
        made = answer.json()
        assert (made["id"], made["name"], made["has_secret"]) == ("plex", "Plex", True)
        assert made["config"]["machine_identifier"]

        kept = await settings_kept(status, "plex")
        assert kept["config"] == made["config"]
        assert sorted(kept["sealed"]) == ["auth", "downloader", "requests"]
        for reader, key in READERS.items():
            opened = Sealer(key).open(kept["sealed"][reader], row=f"integration:plex:{reader}")
            assert opened == account_token("owner")
        with pytest.raises(SealBroken):
            Sealer(READERS["auth"]).open(kept["sealed"]["requests"], row="integration:plex:requests")

        async with engine.connect() as db:
            stored = (await db.execute(text("select api_key from service_config"))).scalar_one()
        assert account_token("owner") not in answer.text + stored + orjson.dumps(kept).decode()
        await status.until("plex", "up")

    async def test_gives_the_overseerr_key_to_requests_alone(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start()
        body = {"kind": "overseerr", "url": sandbox.overseerr, "secret": OVERSEERR_KEY}
        assert (await call(status, "POST", "", body)).status_code == 201
        kept = await settings_kept(status, "overseerr")
        assert list(kept["sealed"]) == ["requests"]
        assert kept["config"]["kind"] == "seerr"
        assert kept["config"]["version"]

    async def test_refuses_what_fails_its_test_and_says_how_to_mend_it(
        self, start: StartService, sandbox: Sandbox
    ) -> None:
        status = await start()
        answer = await call(status, "POST", "", plex(sandbox, secret="not-the-token"))
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "INTEGRATION_TEST_FAILED")
        assert [step["ok"] for step in problem["steps"]] == [True, True, False]
        assert problem["steps"][2]["fix"]
        assert "not-the-token" not in answer.text
        assert (await call(status, "GET", "/plex")).status_code == 404

    async def test_saves_all_the_same_when_told_to(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start()
        await sandbox.fault("plex", "down")
        assert (await call(status, "POST", "", plex(sandbox, force=True))).status_code == 201
        await status.until("plex", "down")
        await sandbox.heal()
        await settings_kept(status, "plex", version=2)  # the machine identifier was learned afterwards

    async def test_makes_no_second_one(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start(**connected(sandbox))
        answer = await call(status, "POST", "", plex(sandbox))
        assert (answer.status_code, answer.json()["code"]) == (409, "INTEGRATION_EXISTS")

    async def test_refuses_what_cannot_be(self, start: StartService) -> None:
        status = await start()
        for body in IMPOSSIBLE:
            answer = await call(status, "POST", "", body)
            assert answer.status_code == 422, f"{body}: {answer.text}"
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await call(status, "GET", "")).json()["items"] == []

    async def test_takes_any_other_service(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start(**connected(sandbox))
        body = {"kind": "http", "name": "Video site", "url": f"{sandbox.base}/control/docs", "private": True}
        assert (await call(status, "POST", "", body)).status_code == 201

        async def look() -> bool:
            return (await status.service("video-site", "admin")).get("health") == "up"

        await eventually(look)
        assert await status.service("video-site", "user") == {}
        answer = await status.http.get("/api/v1/status/video-site", headers=bearer("user"))
        assert (answer.status_code, answer.json()["code"]) == (404, "SERVICE_UNKNOWN")


class TestUpdate:
    async def test_keeps_the_stored_key_for_the_same_server(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start(**connected(sandbox))
        answer = await call(status, "PATCH", "/plex", {"name": "Cinema"})
        assert (answer.status_code, answer.json()["name"]) == (200, "Cinema")
        kept = await settings_kept(status, "plex", name="Cinema")
        assert kept["sealed"]

    async def test_does_not_send_the_stored_key_to_another_server(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start(**connected(sandbox))
        elsewhere = sandbox.plex.replace("127.0.0.1", "localhost")
        answer = await call(status, "PATCH", "/plex", {"url": elsewhere, "force": True})
        assert (answer.status_code, answer.json()["code"]) == (422, "INTEGRATION_INVALID")
        answer = await call(status, "POST", "/test", {"kind": "plex", "id": "plex", "url": elsewhere})
        assert answer.status_code == 422
        assert (await call(status, "GET", "/plex")).json()["url"] == sandbox.plex

    async def test_refuses_a_change_of_something_older(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start(**connected(sandbox))
        await settings_kept(status, "plex", version=2)
        answer = await call(status, "PATCH", "/plex", {"name": "Late", "version": 1})
        assert (answer.status_code, answer.json()["code"]) == (409, "INTEGRATION_CHANGED_MEANWHILE")

    async def test_switched_off_is_neither_probed_nor_shown(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start(**connected(sandbox))
        await status.until("overseerr", "up")
        assert (await call(status, "PATCH", "/overseerr", {"enabled": False})).status_code == 200
        assert await status.service("overseerr") == {}

        async def gone() -> bool:
            return await status.kept(STATUS_CURRENT, "overseerr") is None

        await eventually(gone)
        assert (await settings_kept(status, "overseerr", enabled=False))["sealed"]
        assert (await call(status, "PATCH", "/overseerr", {"enabled": True})).status_code == 200
        await status.until("overseerr", "up")


class TestDelete:
    async def test_forgets_it_everywhere_and_lets_it_come_back_newer(
        self, start: StartService, sandbox: Sandbox, engine: AsyncEngine
    ) -> None:
        status = await start(**connected(sandbox))
        await status.until("plex", "up")
        before = (await settings_kept(status, "plex"))["version"]
        assert (await call(status, "DELETE", "/plex")).status_code == 204

        async def gone() -> bool:
            return await status.kept(INTEGRATIONS, "plex") is None and await status.kept(STATUS_CURRENT, "plex") is None

        await eventually(gone)
        async with engine.connect() as db:
            stored = await db.execute(text("select api_key from service_config where service_name = 'plex'"))
            assert stored.scalar_one() is None
        watch = (await status.get("/status"))["abilities"]["watch"]
        assert watch["because"] == "Plex is not connected yet."
        assert (await call(status, "POST", "", plex(sandbox))).status_code == 201
        assert (await settings_kept(status, "plex"))["version"] > before


class TestTry:
    async def test_tells_each_step_without_saving(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start()
        body = {"kind": "uptime_kuma", "url": sandbox.kuma, "secret": "wrong"}
        answer = (await call(status, "POST", "/test", body)).json()
        assert answer["ok"] is False
        assert [(step["name"], step["ok"]) for step in answer["steps"]] == [
            ("reach", True),
            ("identity", True),
            ("key", False),
        ]
        assert (await call(status, "GET", "")).json()["items"] == []

    async def test_says_what_was_not_tried(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start()
        answer = (await call(status, "POST", "/test", {"kind": "plex", "url": "http://127.0.0.1:1"})).json()
        assert [step["ok"] for step in answer["steps"]] == [False, None, None]
        assert answer["steps"][0]["detail"] == "Nothing listens at this address."

    async def test_uses_the_stored_key_on_its_own_server(self, start: StartService, sandbox: Sandbox) -> None:
        status = await start(**connected(sandbox))
        body = {"kind": "plex", "id": "plex", "url": sandbox.plex}
        assert (await call(status, "POST", "/test", body)).json()["ok"] is True


class TestPermission:
    async def test_is_for_those_who_configure(self, start: StartService) -> None:
        status = await start()
        paths = (
            ("GET", ""),
            ("POST", ""),
            ("POST", "/test"),
            ("GET", "/plex"),
            ("PATCH", "/plex"),
            ("DELETE", "/plex"),
        )
        for method, path in paths:
            answer = await call(status, method, path, {"kind": "plex", "url": "http://x"}, role="user")
            assert (answer.status_code, answer.json()["code"]) == (403, "INSUFFICIENT_PERMISSIONS"), path
            answer = await status.http.request(method, f"{PATH}{path}", json={})
            assert answer.status_code == 401, path
