"""Calls that a page of somebody else's makes a browser send: without the token, with a wrong one, from elsewhere."""

import hmac
from uuid import uuid4

import aiohttp
import pytest
from support.operations import Operation, operations
from support.person import Person, Script

SOMETHING = {"media_type": "movie", "tmdb_id": 603}
UNSAFE = [operation for operation in operations() if not operation.is_safe]
WITH_SESSION = [operation for operation in UNSAFE if not operation.is_public]
BEFORE_SESSION = [operation for operation in UNSAFE if operation.is_public and "webhooks" not in operation.path]
FOREIGN = {
    "another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "another port of the same host": {"Origin": "http://127.0.0.1:9", "Sec-Fetch-Site": "same-site"},
    "a sandboxed frame": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "a name that begins like ours": {"Origin": "http://127.0.0.1.evil.example", "Sec-Fetch-Site": "cross-site"},
    "no origin, but the browser says cross-site": {"Sec-Fetch-Site": "cross-site"},
    "no origin, but the browser says same-site": {"Sec-Fetch-Site": "same-site"},
}


def path_of(operation: Operation) -> str:
    return operation.at(dict.fromkeys(operation.parameters, str(uuid4())))


def cookies_of(person: Person) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{cookie.key}={cookie.value}" for cookie in person.cookies().values())}


class TestToken:
    @pytest.mark.parametrize("operation", WITH_SESSION, ids=str)
    async def test_is_asked_for_by_everything_that_changes_something(self, owner: Person, operation: Operation) -> None:
        answer = await owner.call(operation.method, path_of(operation), {}, **{"X-CSRF-Token": ""})
        assert (answer.status, answer.code) == (403, "CSRF_TOKEN_INVALID")

    async def test_of_another_user_is_refused(self, alice: Person, bob: Person) -> None:
        theirs = bob.cookie("medianest_csrf")
        answer = await alice.call("POST", "/api/v1/requests", SOMETHING, **{"X-CSRF-Token": theirs})
        assert (answer.status, answer.code) == (403, "CSRF_TOKEN_INVALID")

    async def test_of_another_session_of_the_same_user_is_refused(self, alice: Person, kit: Person) -> None:
        async with Person(alice.suite, "kid") as phone:
            await phone.sign_in()
            theirs = phone.cookie("medianest_csrf")
        answer = await kit.call("POST", "/api/v1/requests", SOMETHING, **{"X-CSRF-Token": theirs})
        assert (answer.status, answer.code) == (403, "CSRF_TOKEN_INVALID")

    @pytest.mark.parametrize("planted", ["x", "0" * 64, hmac.new(b"", b"csrf:", "sha256").hexdigest()])
    async def test_planted_as_a_cookie_beside_the_same_header_is_refused(
        self, script: Script, alice: Person, planted: str
    ) -> None:
        """What defeats plain double submit: any page on any port of this host can plant a cookie."""
        kept = {"Cookie": f"medianest_session={alice.cookie('medianest_session')}; medianest_csrf={planted}"}
        answer = await script.call("POST", "/api/v1/requests", SOMETHING, headers=kept | {"X-CSRF-Token": planted})
        assert (answer.status, answer.code) == (403, "CSRF_TOKEN_INVALID")

    async def test_is_not_believed_in_the_address_or_in_the_body(self, script: Script, alice: Person) -> None:
        token = alice.cookie("medianest_csrf")
        body = SOMETHING | {"csrf_token": token, "_csrf": token}
        path = f"/api/v1/requests?csrf_token={token}&X-CSRF-Token={token}"
        answer = await script.call("POST", path, body, headers=cookies_of(alice))
        assert (answer.status, answer.code) == (403, "CSRF_TOKEN_INVALID")

    async def test_twice_in_one_call_is_refused(self, alice: Person) -> None:
        token = alice.cookie("medianest_csrf")
        async with aiohttp.ClientSession() as http:
            headers = [("X-CSRF-Token", "x"), ("X-CSRF-Token", token), *cookies_of(alice).items()]
            async with http.post(f"{alice.gateway}/api/v1/requests", json=SOMETHING, headers=headers) as response:
                assert response.status == 400


class TestOrigin:
    @pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
    async def test_of_somebody_else_s_page_is_refused_even_with_the_token(
        self, script: Script, alice: Person, foreign: dict[str, str]
    ) -> None:
        sent = cookies_of(alice) | {"X-CSRF-Token": alice.cookie("medianest_csrf")} | foreign
        answer = await script.call("POST", "/api/v1/requests", SOMETHING, headers=sent)
        assert (answer.status, answer.code) == (403, "ORIGIN_NOT_ALLOWED")

    @pytest.mark.parametrize("operation", BEFORE_SESSION, ids=str)
    @pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
    async def test_of_somebody_else_s_page_signs_nobody_in_or_out(
        self, script: Script, operation: Operation, foreign: dict[str, str]
    ) -> None:
        answer = await script.call(operation.method, path_of(operation), {}, headers=foreign)
        assert (answer.status, answer.code) == (403, "ORIGIN_NOT_ALLOWED")
        assert not answer.set_cookies

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    async def test_is_looked_at_for_forms_which_need_no_preflight(
        self, script: Script, alice: Person, kind: str
    ) -> None:
        sent = cookies_of(alice) | {"Content-Type": kind, "Origin": "https://evil.example"}
        answer = await script.call("POST", "/api/v1/requests", b'{"media_type":"movie","tmdb_id":603}', headers=sent)
        assert answer.status == 403

    async def test_of_our_own_page_is_fine(self, alice: Person) -> None:
        answer = await alice.call("POST", "/api/v1/requests", {"media_type": "book"})
        assert answer.status == 422


class TestSocket:
    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "http://127.0.0.1:9", "null", "http://127.0.0.1.evil.example"]
    )
    async def test_of_a_page_of_somebody_else_s_is_refused_at_the_handshake(self, alice: Person, origin: str) -> None:
        async with aiohttp.ClientSession(headers=cookies_of(alice)) as http:
            url = f"{alice.gateway.replace('http', 'ws', 1)}/api/v1/events/ws"
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(url, origin=origin)
            assert refused.value.status == 403

    async def test_without_a_session_is_refused_at_the_handshake(self, alice: Person) -> None:
        async with aiohttp.ClientSession() as http:
            url = f"{alice.gateway.replace('http', 'ws', 1)}/api/v1/events/ws"
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(url, origin=alice.gateway)
            assert refused.value.status == 401


@pytest.mark.parametrize("operation", [operation for operation in operations() if operation.is_safe], ids=str)
async def test_nothing_that_reads_takes_a_body_or_is_asked_for_a_token(operation: Operation) -> None:
    """Reading changes nothing, so a link or a picture on a page of somebody else's does no harm."""
    assert operation.body is None
    assert operation.method in ("GET", "HEAD")
