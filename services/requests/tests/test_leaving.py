"""Forgetting users."""

from uuid import uuid4

from medianest_common.contracts.auth import UserStatus

from .conftest import World
from .test_submitting import approved


async def leave(world: World) -> None:
    await world.services.leaving.deleted(uuid4(), world.people.alice.id, 9)


class TestLeaving:
    async def test_cancels_deletes_and_answers(self, world: World) -> None:
        await approved(world, world.people.alice)
        async with world.http(world.people.alice) as http:
            await http.get("/library/sections")
        await leave(world)
        for table in ("media_requests", "idempotency_keys", "kept_answers where scope <> '" + "0" * 32 + "'"):
            assert await world.sql(f"select 1 from {table}") == []
        said = await world.events()
        assert [event["type"] for event in said[-2:]] == ["request.cancelled", "user.erased"]
        assert (said[-1]["user_id"], said[-1]["audience"]) == (str(world.people.alice.id), ["role:admin"])
        assert said[-2]["audience"] == ["role:admin"]

    async def test_nothing_of_theirs_is_sent_any_more(self, world: World) -> None:
        await approved(world, world.people.alice)
        await leave(world)
        await world.submit_all()
        assert world.sandbox.requests() == []

    async def test_nothing_late_brings_them_back(self, world: World) -> None:
        world.sandbox.overseerr("POST", "request", {"mediaType": "movie", "mediaId": 604, "is4k": False}, user=2)
        await leave(world)
        await world.services.reconciling.turn()
        async with world.http(world.people.alice) as http:
            late = await http.post("/requests", json={"media_type": "movie", "tmdb_id": 603})
            await http.get("/library/sections")
        assert late.status_code == 401
        assert await world.sql("select 1 from media_requests") == []
        assert await world.sql("select 1 from kept_answers where scope = :id", id=world.people.alice.id) == []

    async def test_the_same_message_twice_answers_once_and_another_one_again(self, world: World) -> None:
        event_id = uuid4()
        for _ in range(2):
            await world.services.leaving.deleted(event_id, world.people.alice.id, 9)
        assert await world.said() == ["user.erased"]
        await leave(world)
        assert await world.said() == ["user.erased"] * 2

    async def test_a_tombstone_erases_what_a_restored_copy_still_holds(self, world: World) -> None:
        await approved(world, world.people.alice)
        gone = world.people.alice.state(status=UserStatus.ERASED, version=9)
        for _ in range(2):
            await world.services.leaving.found_erased(gone)
        assert await world.sql("select 1 from media_requests") == []
        assert (await world.said()).count("user.erased") == 1

    async def test_others_keep_theirs(self, world: World) -> None:
        request_id = await approved(world, world.people.bob)
        await leave(world)
        assert (await world.request(request_id))["status"] == "approved"
