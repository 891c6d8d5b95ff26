"""Carrying approved requests to Overseerr, through every kind of trouble."""

import asyncio
from typing import Any

import pytest

from .conftest import World, WorldWith
from .stand_ins import Person


async def approved(world: World, person: Person, **body: Any) -> str:
    """A request of this person that the owner said yes to."""
    async with world.http(person) as http:
        answer = await http.post("/requests", json={"media_type": "movie", "tmdb_id": 603, "title": "T"} | body)
    assert answer.status_code == 201, answer.text
    if answer.json()["status"] == "pending":
        async with world.http(world.people.owner) as http:
            await http.post(f"/requests/{answer.json()['id']}/approve")
    return str(answer.json()["id"])


async def later(world: World, **by: float) -> None:
    world.clock.go_on(**by)
    await world.submit_all()


class TestSubmit:
    async def test_appears_as_that_users_and_approved_there(self, world: World) -> None:
        request_id = await approved(world, world.people.alice)
        await world.submit_all()
        (there,) = world.sandbox.requests()
        assert (there["requestedBy"]["plexId"], there["status"], there["is4k"]) == (1002, 2, False)
        ours = await world.request(request_id)
        assert (ours["status"], ours["overseerr_id"], ours["submit_due_at"]) == ("processing", there["id"], None)
        facts = [event for event in await world.events() if event["type"] != "action.note"]
        assert [fact["type"] for fact in facts] == [
            "request.created", "request.approved", "request.submitted", "request.processing_started",
        ]  # fmt: skip
        assert [fact["version"] for fact in facts] == [1, 2, 3, 4]

    async def test_a_user_overseerr_does_not_know_is_imported(self, world: World) -> None:
        await approved(world, world.people.bob)
        await world.submit_all()
        assert world.sandbox.requests()[0]["requestedBy"]["plexId"] == 1003

    async def test_seasons_go_along(self, world: World) -> None:
        await approved(world, world.people.alice, media_type="tv", tmdb_id=1399, seasons=[8])
        await world.submit_all()
        assert [season["seasonNumber"] for season in world.sandbox.requests()[0]["seasons"]] == [8]

    async def test_4k_goes_along(self, world: World) -> None:
        await approved(world, world.people.alice, is_4k=True)
        await world.submit_all()
        assert world.sandbox.requests()[0]["is4k"] is True

    async def test_an_admin_without_plex_asks_as_overseerrs_owner(self, world: World) -> None:
        await approved(world, world.people.admin)
        await world.submit_all()
        assert world.sandbox.requests()[0]["requestedBy"]["id"] == 1

    async def test_where_overseerr_decides_it_waits_there(self, world_with: WorldWith) -> None:
        world = await world_with(approval="overseerr")
        request_id = await approved(world, world.people.alice)
        await world.submit_all()
        assert world.sandbox.requests()[0]["status"] == 1
        assert (await world.request(request_id))["status"] == "submitted"

    async def test_what_came_to_plex_in_the_meantime_is_not_asked_for(self, world: World) -> None:
        request_id = await approved(world, world.people.alice)
        world.sandbox.control("POST", "/overseerr/media/movie/603/available")
        await world.submit_all()
        assert (await world.request(request_id))["status"] == "available"
        assert world.sandbox.calls("POST", "/api/v1/request") == []


class TestOutage:
    async def test_it_stays_approved_says_why_and_goes_when_overseerr_is_back(self, world: World) -> None:
        world.sandbox.fault("overseerr", "down")
        request_id = await approved(world, world.people.alice)
        await world.submit_all()
        waiting = await world.request(request_id)
        assert waiting["status"] == "approved"
        assert waiting["status_reason"] == "Overseerr does not answer. This is sent by itself when it is back."
        world.sandbox.behave()
        await world.services.returning.overseerr_is_back()
        await later(world, seconds=40)  # the door that the failures closed is open again after 30 s
        assert (await world.request(request_id))["status"] in ("approved", "processing")

    async def test_what_was_asked_for_by_a_persons_words_gets_its_own_name(self, world: World) -> None:
        world.sandbox.fault("overseerr", "garbage")
        request_id = await approved(world, world.people.alice, title="that film with the pills")
        world.sandbox.behave()
        await world.submit_all()
        ours = await world.request(request_id)
        assert (ours["title"], ours["year"], ours["poster_path"]) == ("The Matrix", 1999, "/poster-603.jpg")

    async def test_nothing_is_sent_twice_when_the_answer_is_lost(self, world: World) -> None:
        request_id = await approved(world, world.people.alice)
        world.sandbox.fault("overseerr", "truncated", path="/api/v1/request", times=1)
        await world.submit_all()
        assert (await world.request(request_id))["status"] == "approved"
        assert (await world.request(request_id))["submit_posted_at"] is not None
        await later(world, seconds=119)
        assert (await world.request(request_id))["status"] == "approved"
        await later(world, seconds=2)
        ours = await world.request(request_id)
        assert (ours["status"], ours["submit_posted_at"]) == ("processing", None)
        assert len(world.sandbox.calls("POST", "/api/v1/request")) == 1
        assert len(world.sandbox.requests()) == 1

    async def test_a_submission_that_never_arrived_is_sent_again_after_looking(self, world: World) -> None:
        request_id = await approved(world, world.people.alice)
        world.sandbox.fault("overseerr", "down", path="/api/v1/request", times=1)
        await world.submit_all()
        await later(world, seconds=121)
        assert (await world.request(request_id))["status"] == "processing"
        assert len(world.sandbox.requests()) == 1

    async def test_overseerrs_return_does_not_shorten_the_wait_of_what_may_be_there(self, world: World) -> None:
        request_id = await approved(world, world.people.alice)
        world.sandbox.fault("overseerr", "truncated", path="/api/v1/request", times=1)
        await world.submit_all()
        before = (await world.request(request_id))["submit_due_at"]
        await world.services.returning.overseerr_is_back()
        assert (await world.request(request_id))["submit_due_at"] == before

    async def test_a_process_killed_after_posting_leaves_a_row_that_is_looked_for(self, world: World) -> None:
        request_id = await approved(world, world.people.alice)
        world.sandbox.overseerr("POST", "request", {"mediaType": "movie", "mediaId": 603, "is4k": False}, user=2)
        await world.sql(
            "update media_requests set submit_posted_at = :now, submit_due_at = :now where id = :id",
            now=world.clock.now,
            id=request_id,
        )
        await world.submit_all()
        assert (await world.request(request_id))["status"] == "approved"
        await later(world, seconds=121)
        assert (await world.request(request_id))["status"] == "processing"
        assert len(world.sandbox.requests()) == 1

    async def test_replicas_share_the_work_and_send_nothing_twice(self, world: World) -> None:
        for number in (603, 604, 605):
            await approved(world, world.people.alice, tmdb_id=number)
        await asyncio.gather(*(world.submit_all() for _ in range(3)))
        assert sorted(there["media"]["tmdbId"] for there in world.sandbox.requests()) == [603, 604, 605]
        assert len(world.sandbox.calls("POST", "/api/v1/request")) == 3

    async def test_one_that_is_too_slow_writes_nothing_over_the_one_that_took_over(self, world: World) -> None:
        request_id = await approved(world, world.people.alice)
        world.sandbox.fault("overseerr", "delay", value=0.5, path="/api/v1/user")
        slow = asyncio.create_task(world.services.submitting.one())
        await asyncio.sleep(0.25)
        world.clock.go_on(seconds=91)  # its lease is over
        world.sandbox.behave()
        await world.submit_all()
        await slow
        assert (await world.request(request_id))["status"] == "processing"
        assert len(world.sandbox.calls("POST", "/api/v1/request")) == 1


class TestRefusals:
    async def test_a_quota_there_fails_it_with_words(self, world: World) -> None:
        world.sandbox.control("POST", "/overseerr/users/alice/quota", {"movie_limit": 1, "movie_days": 7})
        world.sandbox.overseerr("POST", "request", {"mediaType": "movie", "mediaId": 604, "is4k": False}, user=2)
        request_id = await approved(world, world.people.alice)
        await world.submit_all()
        failed = await world.request(request_id)
        assert (failed["status"], "quota" in failed["status_reason"]) == ("failed", True)
        assert (await world.said())[-1] == "request.failed"

    async def test_somebody_elses_in_overseerr_is_followed(self, world: World) -> None:
        request_id = await approved(world, world.people.alice)
        made = world.sandbox.overseerr("POST", "request", {"mediaType": "movie", "mediaId": 603, "is4k": False})
        await world.submit_all()
        ours = await world.request(request_id)
        assert (ours["status"], ours["overseerr_id"]) == ("processing", made["id"])

    async def test_a_title_overseerr_cannot_find_fails_after_some_tries(self, world: World) -> None:
        request_id = await approved(world, world.people.alice, tmdb_id=999_999)
        for _ in range(6):
            await later(world, minutes=10)
        failed = await world.request(request_id)
        assert (failed["status"], failed["status_reason"]) == ("failed", "Overseerr cannot tell about this now.")
        assert world.sandbox.calls("POST", "/api/v1/request") == []

    async def test_who_is_not_linked_with_plex_is_told_at_once(self, world: World) -> None:
        world.know(world.people.alice, plex_id=None)
        request_id = await approved(world, world.people.alice)
        await world.submit_all()
        failed = await world.request(request_id)
        assert (failed["status"], "Link it" in failed["status_reason"]) == ("failed", True)

    async def test_a_wrong_key_waits_and_says_so(self, world: World) -> None:
        known = world.parts.directory.integrations.values
        known["overseerr"] = known["overseerr"].model_copy(update={"sealed": known["plex"].sealed})
        request_id = await approved(world, world.people.alice)
        await world.submit_all()
        waiting = await world.request(request_id)
        assert (waiting["status"], "key" in waiting["status_reason"]) == ("approved", True)

    @pytest.mark.parametrize("known", [True, False])
    async def test_a_failed_one_that_is_there_is_tried_again_there(self, world: World, known: bool) -> None:
        request_id = await approved(world, world.people.alice)
        await world.submit_all()
        number = world.sandbox.requests()[0]["id"]
        world.sandbox.control("POST", f"/overseerr/requests/{number}/fail")
        await world.services.reconciling.look_at(number)
        assert (await world.request(request_id))["status"] == "failed"
        if not known:
            await world.sql("update media_requests set overseerr_id = null")
        async with world.http(world.people.alice) as http:
            await http.post(f"/requests/{request_id}/retry")
        await world.submit_all()
        assert len(world.sandbox.requests()) == 1
        assert (await world.request(request_id))["overseerr_id"] == number
