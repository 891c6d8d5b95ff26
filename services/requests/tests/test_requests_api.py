"""Lists, details and decisions over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from medianest_requests.schemas import RequestPage

from .conftest import World
from .stand_ins import Person


async def make(world: World, person: Person, *numbers: int) -> list[dict[str, Any]]:
    made = []
    async with world.http(person) as http:
        for number in numbers:
            world.clock.go_on(seconds=1)
            made.append((await http.post("/requests", json={"media_type": "movie", "tmdb_id": number})).json())
    return made


async def call(world: World, person: Person, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async with world.http(person) as http:
        answer = await http.request(method, f"/requests{path}", json=body)
    return answer.status_code, answer.json()


class TestList:
    async def test_pages_through_ones_own_newest_first(self, world: World) -> None:
        made = await make(world, world.people.alice, 603, 604, 605)
        await make(world, world.people.bob, 624860)
        status, first = await call(world, world.people.alice, "GET", "?limit=2")
        assert status == 200
        RequestPage.model_validate(first)
        _, second = await call(world, world.people.alice, "GET", f"?limit=2&cursor={first['next_cursor']}")
        seen = [item["id"] for item in first["items"] + second["items"]]
        assert seen == [request["id"] for request in reversed(made)]
        assert second["next_cursor"] is None

    async def test_everybodys_are_for_those_who_decide(self, world: World) -> None:
        await make(world, world.people.alice, 603)
        await make(world, world.people.bob, 604)
        assert (await call(world, world.people.alice, "GET", "?scope=all"))[0] == 403
        _, everybodys = await call(world, world.people.owner, "GET", "?scope=all")
        assert [item["tmdb_id"] for item in everybodys["items"]] == [604, 603]
        assert (await call(world, world.people.owner, "GET", ""))[1]["items"] == []

    async def test_by_status(self, world: World) -> None:
        first, _ = await make(world, world.people.alice, 603, 604)
        await call(world, world.people.alice, "DELETE", f"/{first['id']}")
        _, cancelled = await call(world, world.people.alice, "GET", "?status=cancelled&status=failed")
        assert [item["id"] for item in cancelled["items"]] == [first["id"]]

    @pytest.mark.parametrize("cursor", ["x", "AAAA", "MjAyNi0xMS0yMg", "9" * 200])
    async def test_a_cursor_that_is_none_of_ours_is_a_problem(self, world: World, cursor: str) -> None:
        status, problem = await call(world, world.people.alice, "GET", f"?cursor={cursor}")
        assert (status, problem["code"]) == (422, "CURSOR_NOT_VALID")

    async def test_without_a_session_there_is_nothing(self, world: World) -> None:
        async with world.http() as http:
            assert (await http.get("/requests")).status_code == 401


class TestAnothersRequest:
    @pytest.mark.parametrize(("method", "verb"), [("GET", ""), ("DELETE", ""), ("POST", "/retry")])
    async def test_is_not_there(self, world: World, method: str, verb: str) -> None:
        (request,) = await make(world, world.people.alice, 603)
        assert (await call(world, world.people.bob, method, f"/{request['id']}{verb}"))[0] == 404
        assert (await call(world, world.people.bob, method, f"/{uuid4()}{verb}"))[0] == 404

    @pytest.mark.parametrize("verb", ["approve", "decline"])
    async def test_is_not_decided_upon_by_whoever_may_not(self, world: World, verb: str) -> None:
        (request,) = await make(world, world.people.alice, 603)
        assert (await call(world, world.people.alice, "POST", f"/{request['id']}/{verb}"))[0] == 403

    async def test_can_be_looked_at_by_who_decides(self, world: World) -> None:
        (request,) = await make(world, world.people.alice, 603)
        status, seen = await call(world, world.people.owner, "GET", f"/{request['id']}")
        assert (status, seen["allowed"]["approve"], seen["allowed"]["cancel"]["ok"]) == (200, {"ok": True}, False)


class TestDecide:
    async def test_a_decline_carries_its_reason(self, world: World) -> None:
        (request,) = await make(world, world.people.alice, 603)
        path = f"/{request['id']}/decline"
        status, declined = await call(world, world.people.owner, "POST", path, {"reason": "We have it on disc."})
        assert (status, declined["status"], declined["status_reason"]) == (200, "declined", "We have it on disc.")
        assert declined["timeline"][-1]["cause"] == "We have it on disc."
        event = (await world.events())[-1]
        assert (event["type"], event["status"], event["version"]) == ("request.declined", "declined", 2)

    async def test_nobody_decides_twice(self, world: World) -> None:
        (request,) = await make(world, world.people.alice, 603)
        await call(world, world.people.owner, "POST", f"/{request['id']}/decline")
        status, problem = await call(world, world.people.owner, "POST", f"/{request['id']}/approve")
        assert (status, problem["code"], problem["status_now"]) == (409, "REQUEST_STEP_REFUSED", "declined")

    async def test_one_cancels_ones_own_while_it_is_pending_and_may_ask_again(self, world: World) -> None:
        (request,) = await make(world, world.people.alice, 603)
        status, cancelled = await call(world, world.people.alice, "DELETE", f"/{request['id']}")
        assert (status, cancelled["status"]) == (200, "cancelled")
        assert (await make(world, world.people.alice, 603))[0]["status"] == "pending"
        assert await world.said() == ["request.created", "request.cancelled", "request.created"]

    async def test_an_approved_one_is_not_cancelled(self, world: World) -> None:
        (request,) = await make(world, world.people.owner, 603)
        assert (await call(world, world.people.owner, "DELETE", f"/{request['id']}"))[0] == 409

    async def test_a_failed_one_is_sent_again_by_its_owner(self, world: World) -> None:
        (request,) = await make(world, world.people.alice, 603)
        await world.sql("update media_requests set status = 'failed' where id = :id", id=request["id"])
        status, again = await call(world, world.people.alice, "POST", f"/{request['id']}/retry")
        assert (status, again["status"]) == (200, "approved")
        assert (await world.said())[-1] == "request.retried"
        assert "action.note" not in await world.said()

    async def test_the_audit_log_hears_what_an_administrator_decides_or_sends_again(self, world: World) -> None:
        done = []
        for status, verb in (("failed", "retry"), ("pending", "approve"), ("pending", "decline")):
            (request,) = await make(world, world.people.alice, 603)
            await world.sql(
                "update media_requests set status = :status where id = :id", status=status, id=request["id"]
            )
            assert (await call(world, world.people.owner, "POST", f"/{request['id']}/{verb}"))[0] == 200
            await world.sql("update media_requests set status = 'declined' where id = :id", id=request["id"])
            done.append(request["id"])
        noted = [event for event in await world.events() if event["type"] == "action.note"]
        told = ["request.retried", "request.approved", "request.declined"]
        assert [(note["action"], note["target"]) for note in noted] == list(zip(told, done, strict=True))
        assert {note["actor"] for note in noted} == {str(world.people.owner.id)}
        assert None not in {note["address"] for note in noted}
