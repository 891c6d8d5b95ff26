import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Overseerr = Callable[..., httpx2.Response]
ALICE = 2
MATRIX = {"mediaType": "movie", "mediaId": 603, "is4k": False}
THE_LAST_OF_US = {"mediaType": "tv", "mediaId": 100088, "is4k": False}


def ask(overseerr: Overseerr, body: dict[str, Any], user: int | None = ALICE) -> dict[str, Any]:
    answer = overseerr("POST", "/request", user=user, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def state(overseerr: Overseerr, request_id: int) -> tuple[int, int]:
    """Status of the request and of its media."""
    found = overseerr("GET", f"/request/{request_id}").json()
    return found["status"], found["media"]["status"]


def arrive(client: httpx2.Client, path: str, **body: Any) -> None:
    client.post(f"/control/overseerr/media/{path}", json=body).raise_for_status()


class TestCreate:
    def test_a_guests_request_waits(self, overseerr: Overseerr) -> None:
        made = ask(overseerr, MATRIX)
        assert (made["status"], made["media"]["status"], made["requestedBy"]["id"]) == (1, 2, ALICE)
        assert "title" not in made

    def test_the_keys_own_request_is_approved_at_once_even_for_another(self, overseerr: Overseerr) -> None:
        made = ask(overseerr, {**MATRIX, "userId": ALICE}, user=None)
        assert (made["status"], made["requestedBy"]["id"]) == (2, ALICE)

    def test_a_guest_may_not_ask_for_another(self, overseerr: Overseerr) -> None:
        answer = overseerr("POST", "/request", user=ALICE, json={**MATRIX, "userId": 1})
        assert (answer.status_code, answer.json()["message"]) == (
            403,
            "You do not have permission to modify the request user.",
        )

    def test_a_film_twice_is_409(self, overseerr: Overseerr) -> None:
        ask(overseerr, MATRIX)
        answer = overseerr("POST", "/request", json=MATRIX)
        assert (answer.status_code, answer.json()["message"]) == (409, "Request for this media already exists.")

    def test_a_film_that_is_there_can_be_asked_for_all_the_same(self, overseerr: Overseerr) -> None:
        made = ask(overseerr, {**MATRIX, "mediaId": 335984})
        assert made["media"]["status"] == 5

    def test_a_declined_film_can_be_asked_for_again(self, overseerr: Overseerr) -> None:
        first = ask(overseerr, MATRIX)
        overseerr("POST", f"/request/{first['id']}/decline")
        assert ask(overseerr, MATRIX)["id"] != first["id"]

    def test_all_seasons_leaves_out_specials(self, overseerr: Overseerr) -> None:
        made = ask(overseerr, {**THE_LAST_OF_US, "seasons": "all"})
        assert [each["seasonNumber"] for each in made["seasons"]] == [1, 2]
        assert made["seasonCount"] == 2

    def test_seasons_asked_for_already_are_dropped_in_silence(self, overseerr: Overseerr) -> None:
        ask(overseerr, {**THE_LAST_OF_US, "seasons": [1]})
        second = ask(overseerr, {**THE_LAST_OF_US, "seasons": [0, 1, 2]})
        assert [each["seasonNumber"] for each in second["seasons"]] == [2]

    def test_nothing_left_is_202_and_nothing_is_made(self, overseerr: Overseerr) -> None:
        ask(overseerr, {**THE_LAST_OF_US, "seasons": "all"})
        answer = overseerr("POST", "/request", json={**THE_LAST_OF_US, "seasons": [1, 2]})
        assert (answer.status_code, answer.json()) == (202, {"message": "No seasons available to request"})
        assert overseerr("GET", "/request/count").json()["total"] == 1

    def test_leaving_is4k_out_misses_earlier_requests(self, overseerr: Overseerr) -> None:
        ask(overseerr, {**THE_LAST_OF_US, "seasons": [1]})
        careless = {name: value for name, value in THE_LAST_OF_US.items() if name != "is4k"}
        assert [each["seasonNumber"] for each in ask(overseerr, {**careless, "seasons": [1]})["seasons"]] == [1]

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ({"permissions": 0}, "You do not have permission to make movie requests."),
            ({"movie_limit": 1, "movie_days": 7}, "Movie Quota exceeded."),
        ],
    )
    def test_refuses_without_permission_or_quota(
        self, client: httpx2.Client, overseerr: Overseerr, change: dict[str, int], text: str
    ) -> None:
        ask(overseerr, {**MATRIX, "mediaId": 604})
        client.post("/control/overseerr/users/alice/quota", json=change).raise_for_status()
        answer = overseerr("POST", "/request", user=ALICE, json=MATRIX)
        assert (answer.status_code, answer.json()) == (403, {"message": text})

    def test_counts_seasons_for_series(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        client.post("/control/overseerr/users/alice/quota", json={"tv_limit": 2, "tv_days": 7}).raise_for_status()
        ask(overseerr, {**THE_LAST_OF_US, "seasons": "all"})
        answer = overseerr("POST", "/request", user=ALICE, json={**THE_LAST_OF_US, "mediaId": 94605, "seasons": [1]})
        assert (answer.status_code, answer.json()["message"]) == (403, "Series Quota exceeded.")

    def test_4k_needs_its_own_permission(self, overseerr: Overseerr) -> None:
        ask(overseerr, {**MATRIX, "is4k": True})
        answer = overseerr("POST", "/request", user=ALICE, json={**THE_LAST_OF_US, "is4k": True, "seasons": [1]})
        assert answer.json()["message"] == "You do not have permission to make 4K series requests."

    def test_an_unknown_title_is_a_500(self, overseerr: Overseerr) -> None:
        answer = overseerr("POST", "/request", user=ALICE, json={**MATRIX, "mediaId": 5})
        assert (answer.status_code, answer.json()["message"]) == (500, "Unable to retrieve movie.")

    @pytest.mark.parametrize("body", [{"mediaType": "music", "mediaId": 1}, {"mediaType": "movie"}, {"mediaId": "603"}])
    def test_refuses_a_malformed_body(self, overseerr: Overseerr, body: dict[str, Any]) -> None:
        answer = overseerr("POST", "/request", json=body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["path"].startswith(".body.")


class TestLifecycle:
    def test_runs_from_asked_to_available(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        made = ask(overseerr, MATRIX)
        seen = [state(overseerr, made["id"])]
        overseerr("POST", f"/request/{made['id']}/approve").raise_for_status()
        seen.append(state(overseerr, made["id"]))
        arrive(client, "movie/603/available")
        seen.append(state(overseerr, made["id"]))
        assert seen == [(1, 2), (2, 3), (5, 5)]

    def test_stays_approved_in_the_older_program(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        client.post("/control/overseerr/mode", json={"mode": "overseerr-1.34"})
        made = ask(overseerr, MATRIX, user=None)
        arrive(client, "movie/603/available")
        assert state(overseerr, made["id"]) == (2, 5)
        assert [each["id"] for each in overseerr("GET", "/request?filter=available").json()["results"]] == [made["id"]]

    def test_declining_makes_a_film_unknown_again(self, overseerr: Overseerr) -> None:
        made = ask(overseerr, MATRIX)
        overseerr("POST", f"/request/{made['id']}/decline")
        assert state(overseerr, made["id"]) == (3, 1)

    def test_says_how_far_the_fetching_is(self, overseerr: Overseerr) -> None:
        ask(overseerr, MATRIX, user=None)
        (status,) = overseerr("GET", "/movie/603").json()["mediaInfo"]["downloadStatus"]
        assert 0 < status["sizeLeft"] < status["size"]

    def test_a_series_comes_season_by_season(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        made = ask(overseerr, {**THE_LAST_OF_US, "seasons": "all"}, user=None)
        arrive(client, "tv/100088/partial", seasons=[1])
        assert state(overseerr, made["id"]) == (2, 4)
        seasons = overseerr("GET", "/tv/100088").json()["mediaInfo"]["seasons"]
        assert {each["seasonNumber"]: each["status"] for each in seasons} == {1: 5, 2: 3}
        arrive(client, "tv/100088/available")
        assert state(overseerr, made["id"]) == (5, 5)

    def test_deleting_is_a_state_of_the_newer_program_only(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        arrive(client, "movie/335984/deleted")
        assert overseerr("GET", "/movie/335984").json()["mediaInfo"]["status"] == 7
        client.post("/control/overseerr/mode", json={"mode": "overseerr-1.34"})
        arrive(client, "movie/335984/deleted")
        assert overseerr("GET", "/movie/335984").json()["mediaInfo"]["status"] == 1

    def test_what_arrives_is_in_plex_and_what_is_deleted_is_not(
        self, client: httpx2.Client, plex: Callable[..., httpx2.Response]
    ) -> None:
        def there() -> bool:
            listed = plex("GET", "/library/sections/1/all", params={"title": "The Matrix"}).json()["MediaContainer"]
            return any(each["title"] == "The Matrix" for each in listed.get("Metadata", []))

        before = there()
        arrive(client, "movie/603/available")
        meanwhile = there()
        arrive(client, "movie/603/deleted")
        assert (before, meanwhile, there()) == (False, True, False)

    def test_can_fail(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        made = ask(overseerr, MATRIX, user=None)
        client.post(f"/control/overseerr/requests/{made['id']}/fail").raise_for_status()
        assert state(overseerr, made["id"])[0] == 4
        overseerr("POST", f"/request/{made['id']}/retry")
        assert state(overseerr, made["id"]) == (2, 3)

    def test_arrives_by_itself_when_told(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        made = ask(overseerr, MATRIX, user=None)
        client.post("/control/overseerr/auto-progress", json={"seconds": 0.1}).raise_for_status()
        deadline = time.monotonic() + 5
        while state(overseerr, made["id"]) != (5, 5):
            assert time.monotonic() < deadline
            time.sleep(0.05)


class TestRead:
    def test_the_newest_comes_first_and_others_are_hidden(self, overseerr: Overseerr) -> None:
        own = ask(overseerr, MATRIX)
        ask(overseerr, {**MATRIX, "mediaId": 604}, user=None)
        every = overseerr("GET", "/request").json()
        assert [each["media"]["tmdbId"] for each in every["results"]] == [604, 603]
        assert every["serviceErrors"] == {"radarr": [], "sonarr": []}
        assert [each["id"] for each in overseerr("GET", "/request", user=ALICE).json()["results"]] == [own["id"]]
        assert overseerr("GET", f"/request/{own['id'] + 1}", user=ALICE).status_code == 403

    def test_filters_and_refuses_unknown_ones(self, client: httpx2.Client, overseerr: Overseerr) -> None:
        ask(overseerr, MATRIX)
        assert len(overseerr("GET", "/request?filter=pending&mediaType=movie").json()["results"]) == 1
        assert overseerr("GET", "/request?filter=approved").json()["results"] == []
        assert overseerr("GET", "/request?filter=lost").status_code == 400
        client.post("/control/overseerr/mode", json={"mode": "overseerr-1.34"})
        assert overseerr("GET", "/request?filter=completed").status_code == 400
        assert overseerr("GET", "/request?sortDirection=asc").status_code == 400

    def test_deletes_ones_own_only_while_it_waits(self, overseerr: Overseerr) -> None:
        waiting, running = ask(overseerr, MATRIX), ask(overseerr, {**MATRIX, "mediaId": 604})
        overseerr("POST", f"/request/{running['id']}/approve")
        assert overseerr("DELETE", f"/request/{waiting['id']}", user=ALICE).status_code == 204
        assert overseerr("DELETE", f"/request/{running['id']}", user=ALICE).status_code == 401
        assert overseerr("DELETE", "/request/999").status_code == 404

    def test_guests_do_not_decide(self, overseerr: Overseerr) -> None:
        made = ask(overseerr, MATRIX)
        assert overseerr("POST", f"/request/{made['id']}/approve", user=ALICE).status_code == 403
