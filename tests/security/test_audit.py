"""The audit log: who did what to whom, when and from where, wherever in the suite it was done."""

from uuid import uuid4

import pytest
from support.keys import claims_of
from support.person import Answer, Person, Script
from support.suite import Suite


async def written(owner: Person, action: str) -> list[dict[str, object]]:
    return list((await owner.get(f"/api/v1/audit?action={action}&limit=5"))["items"])


async def test_what_an_administrator_changes_at_any_service_is_written_down(suite: Suite, owner: Person) -> None:
    wish = {"title": f"Planned {uuid4()}", "text": "work", "service_id": "plex"}
    made = (await owner.call("POST", "/api/v1/incidents", wish)).expect(201)
    (await owner.call("PATCH", f"/api/v1/incidents/{made['id']}", {"ended": True})).expect(200)
    newest = (await written(owner, "status.change_incidents"))[0]
    assert (newest["actor"], newest["target"]) == (claims_of(owner.cookie("medianest_session"))["sub"], made["id"])
    assert str(newest["address"]).startswith("127.9.")
    assert wish["title"] not in str(newest)


async def test_what_was_refused_or_only_read_is_not(owner: Person, bob: Person) -> None:
    before = await written(owner, "status.change_incidents")
    await owner.get("/api/v1/incidents")
    (await owner.call("PATCH", f"/api/v1/incidents/{uuid4()}", {"ended": True})).expect(404)
    (await bob.call("PATCH", f"/api/v1/incidents/{uuid4()}", {"ended": True})).expect(403)
    assert await written(owner, "status.change_incidents") == before


@pytest.mark.parametrize("path", ["%70aused-users", "paused%2dusers", "paused-user%73"])
async def test_no_spelling_of_an_address_gets_round_it(owner: Person, bob: Person, path: str) -> None:
    user_id = claims_of(bob.cookie("medianest_session"))["sub"]
    before = await written(owner, "downloader.change_paused_users")
    answer = await owner.call("PUT", f"/api/v1/downloads/{path}/{user_id}", {"reason": "unseen"})
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")
    assert await written(owner, "downloader.change_paused_users") == before


async def test_nobody_writes_into_it_from_outside(suite: Suite, script: Script, owner: Person, bob: Person) -> None:
    auth = suite.endpoints["services"]["auth"]
    for person in (owner, bob):
        bearer = {"Authorization": f"Bearer {person.cookie('medianest_session')}"}
        answer: Answer = await script.call("POST", "/internal/audit", {"entries": []}, at=auth, headers=bearer)
        assert answer.status == 401
    assert (await bob.call("GET", "/api/v1/audit")).status == 403
