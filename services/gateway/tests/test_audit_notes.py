"""What administrators change is told to auth, which writes it down; nothing else is."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from medianest_common.contracts.permissions import Role
from medianest_gateway import audit_notes

from .doubles import Someone
from .world import World

PLEX = "/api/v1/integrations/plex"


def notes(world: World) -> list[dict[str, Any]]:
    told = [json.loads(seen.body)["entries"] for seen in world.auth.calls("/internal/audit")]
    return [note for entries in told for note in entries]


@pytest.fixture
async def admin(world: World) -> Someone:
    someone = Someone(role=Role.ADMIN)
    await world.keep_session(someone)
    return someone


async def test_a_change_is_told_before_its_answer_goes_out(world: World, admin: Someone) -> None:
    answer = await world.call("PATCH", PLEX, admin, data=b"{}", Content_Type="application/json")
    assert answer.status == 200
    note = notes(world)[0]
    assert (note["actor"], note["action"], note["target"]) == (str(admin.user_id), "status.change_integrations", "plex")
    assert note["address"] == "127.0.0.1"
    assert note["detail"] == {"method": "PATCH", "path": PLEX, "status": 200}


@pytest.mark.parametrize(
    ("method", "path", "target"),
    [
        ("POST", "/api/v1/requests/7/approve", "7"),
        ("POST", "/api/v1/downloads/lanes/main/pause", "main"),
        ("POST", "/api/v1/incidents", None),
    ],
)
async def test_it_names_what_was_changed(
    world: World, admin: Someone, method: str, path: str, target: str | None
) -> None:
    await world.call(method, path, admin)
    assert [note["target"] for note in notes(world)] == [target]


async def test_reading_refusals_and_what_everybody_may_do_are_not_told(world: World, admin: Someone) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"code": "NOT_FOUND"}, status=404)

    world.service("status").answers[PLEX] = refuse
    for method, path in (
        ("GET", PLEX),
        ("PATCH", PLEX),
        ("POST", "/api/v1/requests"),
        ("PATCH", "/api/v1/users/1"),  # auth notes its own
    ):
        await world.call(method, path, admin)
    assert notes(world) == []


async def test_while_auth_is_away_changes_go_on_and_are_told_later(world: World, admin: Someone) -> None:
    async def away(_request: web.Request) -> web.Response:
        return web.Response(status=503)

    world.auth.answers["/internal/audit"] = away
    for name in ("plex", "overseerr"):
        assert (await world.call("DELETE", f"/api/v1/integrations/{name}", admin)).status == 200
    del world.auth.answers["/internal/audit"]
    world.auth.seen.clear()
    await asyncio.gather(world.gateway.notes.send(), world.gateway.notes.send())
    assert [note["target"] for note in notes(world)] == ["plex", "overseerr"]


async def test_what_cannot_be_told_at_the_end_is_in_the_log(
    world: World, admin: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_request: web.Request) -> web.Response:
        return web.Response(status=503)

    lost: list[dict[str, Any]] = []
    monkeypatch.setattr(audit_notes._log, "error", lambda event, **facts: lost.append({"event": event, **facts}))
    world.auth.answers["/internal/audit"] = away
    await world.call("DELETE", PLEX, admin)
    await world.gateway.notes.finish()
    [note] = lost
    assert (note["event"], note["actor"], note["target"]) == ("audit_note_lost", str(admin.user_id), "plex")
    assert "127.0.0.1" not in str(note)
    await world.gateway.notes.finish()
    assert len(lost) == 1
