"""How often: told beforehand, refused politely, counted by person and route wherever the calls arrive."""

import asyncio

import pytest
from support.person import Answer, Person, Script
from support.replica import Replica
from support.suite import Suite


def refused(answer: Answer) -> bool:
    return answer.status == 429


def assert_polite(answer: Answer) -> None:
    assert (answer.status, answer.code) == (429, "RATE_LIMITED")
    assert 1 <= int(answer.headers["Retry-After"]) <= 3600
    assert answer.headers["RateLimit-Remaining"] == "0"
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.fixture(autouse=True)
async def unused_limits(suite: Suite) -> None:
    await suite.an_hour_passes()


async def test_what_is_left_is_told_with_every_answer(bob: Person) -> None:
    first, second = await bob.call("GET", "/api/v1/maintenance"), await bob.call("GET", "/api/v1/maintenance")
    assert first.headers["RateLimit-Limit"] == "100"
    assert first.headers["RateLimit-Policy"] == "100;w=60"
    assert int(first.headers["RateLimit-Remaining"]) - int(second.headers["RateLimit-Remaining"]) == 1
    assert 1 <= int(first.headers["RateLimit-Reset"]) <= 60


async def test_a_hundred_calls_a_minute_to_one_route(bob: Person, alice: Person) -> None:
    answers: list[Answer] = []
    for _ in range(8):  # thirteen at a time: more than a service's connections, not so many that they wait for seconds
        answers += await asyncio.gather(*(bob.call("GET", "/api/v1/auth/tokens") for _ in range(13)))
    assert sorted(answer.status for answer in answers) == [200] * 100 + [429] * 4
    assert_polite(next(filter(refused, answers)))
    assert (await bob.call("GET", "/api/v1/auth/sessions")).status == 200, "other routes are counted apart"
    assert (await alice.call("GET", "/api/v1/auth/tokens")).status == 200, "other people are counted apart"


async def test_five_download_submissions_and_twenty_requests_an_hour(bob: Person) -> None:
    downloads = [await bob.call("POST", "/api/v1/downloads", {"url": "x"}) for _ in range(6)]
    assert [answer.status for answer in downloads] == [422] * 5 + [429]
    assert_polite(downloads[-1])
    requests = [await bob.call("POST", "/api/v1/requests", {"media_type": "book"}) for _ in range(21)]
    assert [answer.status for answer in requests] == [422] * 20 + [429]
    assert_polite(requests[-1])


async def test_a_second_session_and_an_api_token_give_no_second_helping(suite: Suite, kit: Person) -> None:
    wish = {"name": "more", "permissions": ["youtube:download", "profile:read"]}
    token = (await kit.call("POST", "/api/v1/auth/tokens", wish)).expect(201)["token"]
    async with Person(suite, "kid") as phone, Script(suite) as script:
        await phone.sign_in()
        bearer = {"Authorization": f"Bearer {token}"}
        statuses = [(await kit.call("POST", "/api/v1/downloads", {"url": "x"})).status for _ in range(2)]
        statuses += [(await phone.call("POST", "/api/v1/downloads", {"url": "x"})).status for _ in range(2)]
        statuses += [
            (await script.call("POST", "/api/v1/downloads", {"url": "x"}, headers=bearer)).status for _ in range(2)
        ]
    assert statuses == [422] * 5 + [429]


async def test_replicas_count_together(suite: Suite, bob: Person) -> None:
    async with Replica(suite) as other, Person(suite, "bob") as elsewhere:
        for cookie in bob.cookies().values():
            elsewhere.plant(**{cookie.key: cookie.value})
        elsewhere.gateway = other.gateway
        people = (bob, elsewhere) * 4
        statuses = [(await person.call("POST", "/api/v1/downloads", {"url": "x"})).status for person in people]
    assert statuses == [422] * 5 + [429] * 3


async def test_ten_sign_ins_in_a_quarter_of_an_hour_by_address(suite: Suite) -> None:
    async with Script(suite) as script, Script(suite) as neighbour:
        wish = {"form": "of no kind"}
        statuses = [(await script.call("POST", "/api/v1/auth/plex/pin", wish)).status for _ in range(11)]
        assert statuses == [422] * 10 + [429]
        assert_polite(await script.call("POST", "/api/v1/auth/login", {"username": "x", "password": "x"}))
        assert (await neighbour.call("POST", "/api/v1/auth/plex/pin", wish)).status == 422


async def test_five_open_sign_ins_by_address(suite: Suite) -> None:
    async with Script(suite) as script:
        begun = [await script.call("POST", "/api/v1/auth/plex/pin", {"form": "code"}) for _ in range(6)]
    assert [answer.status for answer in begun] == [201] * 5 + [429]
    assert int(begun[-1].headers["Retry-After"]) >= 1


async def test_strangers_with_made_up_tokens_do_not_keep_auth_busy(suite: Suite) -> None:
    """Each would be a question to auth: an address has a bounded number of them."""
    async with Script(suite) as script:
        cookies = [{"Cookie": f"medianest_refresh={'x' * 40}{number}"} for number in range(80)]
        bearers = [{"Authorization": f"Bearer mn_{'x' * 40}{number}"} for number in range(80)]
        answers = [await script.call("GET", "/api/v1/requests", headers=each) for each in cookies + bearers]
    statuses = [answer.status for answer in answers]
    assert statuses == [401] * 60 + [429] * 100
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
