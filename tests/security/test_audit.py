"""The audit log: who did what to whom, when and from where, wherever in the suite it was done."""

from typing import Any
from uuid import uuid4

import pytest
from support.keys import claims_of
from support.operations import operations
from support.person import Person, until

# What the audit log hears of each change that only administrators may make at a service without a log of its own.
TOLD = {
    "approve_request": "request.approved",
    "decline_request": "request.declined",
    "approve_download": "download.approved",
    "decline_download": "download.declined",
    "pause_download_user": "user_downloads.paused",
    "resume_download_user": "user_downloads.resumed",
    "pause_lane": "lane.paused",
    "resume_lane": "lane.resumed",
    "create_incident": "incident.written",
    "update_incident": "incident.changed",
    "create_maintenance": "maintenance.planned",
    "delete_maintenance": "maintenance.cancelled",
    "create_integration": "integration.created",
    "test_integration": "integration.tested",
    "update_integration": "integration.changed",
    "delete_integration": "integration.deleted",
    **{f"rerun_{domain}_dead_letter": "dead_letter.rerun" for domain in ("requests", "downloads", "status")},
    **{f"drop_{domain}_dead_letter": "dead_letter.dropped" for domain in ("requests", "downloads", "status")},
}


async def written(owner: Person, target: str) -> list[dict[str, Any]]:
    """What was done to something, in order."""
    return list(reversed((await owner.get(f"/api/v1/audit?target={target}&limit=50"))["items"]))


async def heard(owner: Person, target: str, actions: list[str]) -> list[dict[str, Any]]:
    """The same, as soon as it ends with these; they come by way of the broker."""
    seen = await until(
        lambda: written(owner, target), lambda seen: [each["action"] for each in seen][-len(actions) :] == actions
    )
    return list(seen)


def test_a_new_operation_of_administrators_is_told() -> None:
    """Whoever adds one says here what the log hears, and tries it below or beside the service."""
    changes = {op.name for op in operations() if op.for_admins and not op.is_safe and op.service != "auth"}
    assert changes == TOLD.keys()


class TestChanges:
    async def check(self, owner: Person, target: str, *operations: str) -> None:
        entries = await heard(owner, target, [TOLD[name] for name in operations])
        me = claims_of(owner.cookie("medianest_session"))["sub"]
        for entry in entries[-len(operations) :]:
            assert entry["actor"] == me
            assert str(entry["address"]).startswith("127.9.")

    async def test_of_incidents(self, owner: Person) -> None:
        title = f"Planned {uuid4()}"
        made = (await owner.call("POST", "/api/v1/incidents", {"title": title, "text": "work"})).expect(201)
        (await owner.call("PATCH", f"/api/v1/incidents/{made['id']}", {"ended": True})).expect(200)
        await self.check(owner, made["id"], "create_incident", "update_incident")
        assert title not in str(await written(owner, made["id"]))

    async def test_of_maintenance(self, owner: Person) -> None:
        wish = {"service_id": "plex", "starts_at": "2030-01-01T00:00:00Z", "ends_at": "2030-01-02T00:00:00Z"}
        made = (await owner.call("POST", "/api/v1/maintenance", wish)).expect(201)
        (await owner.call("DELETE", f"/api/v1/maintenance/{made['id']}")).expect(204)
        await self.check(owner, made["id"], "create_maintenance", "delete_maintenance")

    async def test_of_integrations(self, owner: Person) -> None:
        name, wish = f"it-{uuid4()}", {"kind": "http", "url": "http://127.0.0.1:9/"}
        path = f"/api/v1/integrations/{name}"
        more = {"id": name, "name": "It", "force": True}
        (await owner.call("POST", "/api/v1/integrations", wish | more)).expect(201)
        (await owner.call("POST", "/api/v1/integrations/test", wish | {"id": name})).expect(200)
        (await owner.call("PATCH", path, {"name": "That"})).expect(200)
        (await owner.call("DELETE", path)).expect(204)
        done = ("create_integration", "test_integration", "update_integration", "delete_integration")
        await self.check(owner, name, *done)

    async def test_of_a_user_s_downloads(self, owner: Person, bob: Person) -> None:
        user_id = claims_of(bob.cookie("medianest_session"))["sub"]
        path = f"/api/v1/downloads/paused-users/{user_id}"
        (await owner.call("PUT", path, {"reason": "for a while"})).expect(200)
        (await owner.call("DELETE", path)).expect(204)
        await self.check(owner, user_id, "pause_download_user", "resume_download_user")

    async def test_that_were_refused_are_not_told(self, owner: Person, bob: Person) -> None:
        made = (await owner.call("POST", "/api/v1/incidents", {"title": "Once", "text": ""})).expect(201)
        path = f"/api/v1/incidents/{made['id']}"
        (await bob.call("PATCH", path, {"ended": True})).expect(403)
        (await owner.call("PATCH", path, {"title": ""})).expect(422)
        (await owner.call("PATCH", f"/api/v1/incidents/{uuid4()}", {"ended": True})).expect(404)
        (await owner.call("PATCH", path, {"ended": True})).expect(200)
        told = [TOLD["create_incident"], TOLD["update_incident"]]
        assert [each["action"] for each in await heard(owner, made["id"], told)] == told


@pytest.mark.parametrize("path", ["%70aused-users", "paused%2dusers", "paused-user%73"])
async def test_no_spelling_of_an_address_gets_round_it(owner: Person, path: str) -> None:
    answer = await owner.call("PUT", f"/api/v1/downloads/{path}/{uuid4()}", {"reason": "unseen"})
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")


async def test_it_is_for_administrators(bob: Person) -> None:
    assert (await bob.call("GET", "/api/v1/audit")).status == 403
