"""The edge: what a caller says of itself, bodies and heads that are two things at once, too much, or too slow."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import pytest_asyncio
from support.person import Person, Script
from support.replica import Replica
from support.slow import SlowCallers
from support.suite import Suite
from support.wire import Said, Upstream, say

REQUESTS = "/api/v1/requests"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def listening() -> AsyncIterator[Upstream]:
    async with Upstream() as service:
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def replica(suite: Suite, listening: Upstream) -> AsyncIterator[Replica]:
    """A gateway whose requests service notes what it is sent, and which trusts a proxy that is not there."""
    async with Replica(suite, requests_url=listening.url, trusted_proxies="203.0.113.7") as running:
        yield running


def cookies_of(person: Person) -> str:
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in person.cookies().values())


LIES = {
    "X-Forwarded-For": "198.51.100.9",
    "X-Real-IP": "198.51.100.9",
    "Forwarded": "for=198.51.100.9;proto=https;host=evil.example",
    "True-Client-IP": "198.51.100.9",
    "CF-Connecting-IP": "198.51.100.9",
    "X-Client-IP": "198.51.100.9",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Prefix": "/evil",
    "X-Original-URL": "/api/v1/users",
    "X-Rewrite-URL": "/api/v1/users",
    "X-HTTP-Method-Override": "DELETE",
    "X-User-Id": "00000000-0000-0000-0000-000000000000",
    "X-User-Role": "admin",
    "X_Forwarded_For": "198.51.100.9",
    "X-CSRF-Token": "left-over",
    "Proxy-Authorization": "Basic eHg6eHg=",
    "TE": "trailers",
    "Upgrade": "h2c",
    "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA",
    "X-Custom": "custom",
}


class TestWhatACallerSaysOfItself:
    async def test_does_not_reach_the_service(
        self, script: Script, alice: Person, replica: Replica, listening: Upstream
    ) -> None:
        sent = LIES | {"Cookie": f"{cookies_of(alice)}; other=1; __Host-x=2", "Connection": "close, X-Custom"}
        (await script.call("GET", REQUESTS, at=replica.gateway, headers=sent)).expect(200)
        heard = listening.heard[-1]
        values = " ".join(value for _, value in heard.headers)
        for lie in ("198.51.100.9", "evil", "gopher", "/api/v1/users", "DELETE", "left-over", "custom", "eHg6eHg"):
            assert lie not in values, lie
        names = [name.lower() for name, _ in heard.headers]
        assert not {"cookie", "upgrade", "te", "x-user-id", "x-user-role", "x_forwarded_for", "forwarded"} & set(names)
        assert len(names) == len(set(names))
        assert heard.line == f"GET {REQUESTS} HTTP/1.1"

    async def test_is_replaced_by_what_the_gateway_knows(
        self, suite: Suite, alice: Person, replica: Replica, listening: Upstream
    ) -> None:
        async with Script(suite, address="127.9.200.1") as script:
            sent = LIES | {"Cookie": cookies_of(alice)}
            (await script.call("GET", REQUESTS, at=replica.gateway, headers=sent)).expect(200)
        heard = listening.heard[-1]
        assert heard.all("x-forwarded-for") == ["127.9.200.1"]
        assert heard.all("x-forwarded-host") == [urlsplit(suite.endpoints["public_url"]).netloc]
        assert heard.all("authorization") == [f"Bearer {alice.cookie('medianest_session')}"]

    @pytest.mark.parametrize("named", ["Authorization", "Cookie", "X-Forwarded-For", "Host", "traceparent"])
    async def test_cannot_take_a_header_away_by_naming_it_in_connection(
        self, script: Script, alice: Person, replica: Replica, listening: Upstream, named: str
    ) -> None:
        sent = {"Cookie": cookies_of(alice), "Connection": f"keep-alive, {named}"}
        (await script.call("GET", REQUESTS, at=replica.gateway, headers=sent)).expect(200)
        assert listening.heard[-1].all("authorization")
        assert listening.heard[-1].all("x-forwarded-for")

    async def test_gives_no_more_tries_at_signing_in(self, suite: Suite) -> None:
        """One address has ten tries in fifteen minutes, whatever it says that its address is."""
        async with Script(suite) as script:
            statuses = []
            for number in range(12):
                lies = {name: value.replace("198.51.100.9", f"198.51.100.{number}") for name, value in LIES.items()}
                wish = {"form": "of no kind"}
                statuses.append((await script.call("POST", "/api/v1/auth/plex/pin", wish, headers=lies)).status)
        assert statuses == [422] * 10 + [429] * 2

    async def test_is_not_in_the_audit_log(self, suite: Suite, owner: Person) -> None:
        async with Script(suite, address="127.9.200.2") as script:
            body = {"username": f"nobody-{uuid4().hex[:8]}", "password": "wrong wrong wrong"}
            assert (await script.call("POST", "/api/v1/auth/login", body, headers=LIES)).status == 401
        items = (await owner.get("/api/v1/audit?action=login.failed&limit=1"))["items"]
        assert items[0]["address"] == "127.9.200.2"

    async def test_is_believed_of_a_trusted_proxy_and_read_from_the_right(
        self, suite: Suite, alice: Person, listening: Upstream
    ) -> None:
        forwarded = {"X-Forwarded-For": "198.51.100.9, 192.0.2.44", "Cookie": cookies_of(alice)}
        async with (
            Replica(suite, requests_url=listening.url, trusted_proxies="127.9.200.0/24") as behind,
            Script(suite, address="127.9.200.3") as proxy,
            Script(suite, address="127.9.201.3") as stranger,
        ):
            (await proxy.call("GET", REQUESTS, at=behind.gateway, headers=forwarded)).expect(200)
            assert listening.heard[-1].all("x-forwarded-for") == ["192.0.2.44"]
            (await stranger.call("GET", REQUESTS, at=behind.gateway, headers=forwarded)).expect(200)
            assert listening.heard[-1].all("x-forwarded-for") == ["127.9.201.3"]


SMUGGLED = b"GET /api/v1/requests/smuggled HTTP/1.1\r\nHost: x\r\nCookie: %b\r\n\r\n"
HEAD = b"POST /api/v1/requests HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %b\r\nX-CSRF-Token: %b\r\n"
# Each is the rest of a head and a body that two parsers may end at different places.
AMBIGUOUS = {
    "length and chunks": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "two lengths in one": b"Content-Length: 0, 44\r\n\r\n",
    "a length with a sign": b"Content-Length: +0\r\n\r\n",
    "a negative length": b"Content-Length: -1\r\n\r\n",
    "a length in hexadecimal": b"Content-Length: 0x0\r\n\r\n",
    "a length with letters": b"Content-Length: 0 bytes\r\n\r\n",
    "chunked and identity": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "nearly chunked": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked after a tab": b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"Transfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n",
    "a folded header": b"Content-Length: 0\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n",
    "a bare CR in a header": b"X: y\rTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
    "a NUL in a header": b"X: y\x00\r\nContent-Length: 0\r\n\r\n",
    "a chunk size that is none": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "a chunk size with a sign": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a chunk size too large for anything": b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n\r\n",
    "a chunk longer than it says": b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
}
ODD_HEADS = {
    "no host": b"GET /api/v1/requests HTTP/1.1\r\nX: y\r\n\r\n",
    "two hosts": b"GET /api/v1/auth/setup HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no version": b"GET /api/v1/requests\r\n\r\n",
    "HTTP/2 by word": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method that there is not": b"GETT /api/v1/requests HTTP/1.1\r\nHost: x\r\n\r\n",
    "blanks in the address": b"GET /api/v1/requests /x HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header without a name": b"GET /api/v1/requests HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
    "TLS to a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"A" * 64,
    "nonsense": b"\x00\xff\x00\xff\r\n\r\n",
}


async def at(replica: Replica, alice: Person, ambiguous: bytes) -> Said:
    cookies, token = cookies_of(alice).encode(), alice.cookie("medianest_csrf").encode()
    return await say(replica.gateway, HEAD % (cookies, token) + ambiguous + SMUGGLED % cookies)


class TestBoundaries:
    @pytest.mark.parametrize("ambiguous", AMBIGUOUS.values(), ids=AMBIGUOUS)
    async def test_in_dispute_are_refused_and_nothing_is_smuggled(
        self, replica: Replica, listening: Upstream, alice: Person, ambiguous: bytes
    ) -> None:
        before = len(listening.heard)
        said = await at(replica, alice, ambiguous)
        assert said.statuses == [400] or (said.statuses == [] and said.closed), said.raw[:300]
        assert said.closed, "what follows on this connection can be read in two ways"
        assert listening.heard[before:] == []

    async def test_that_are_clear_let_two_calls_share_a_connection(
        self, replica: Replica, listening: Upstream, alice: Person
    ) -> None:
        """The same two calls, said well: without this, a gateway that never answers twice would pass."""
        before = len(listening.heard)
        said = await at(replica, alice, b"Content-Length: 2\r\nContent-Type: application/json\r\n\r\n{}")
        assert said.statuses == [200, 200]
        assert [call.path for call in listening.heard[before:]] == [REQUESTS, f"{REQUESTS}/smuggled"]
        assert listening.heard[before].body == b"{}"

    @pytest.mark.parametrize("head", ODD_HEADS.values(), ids=ODD_HEADS)
    async def test_of_odd_heads_break_nothing(
        self, suite: Suite, replica: Replica, script: Script, head: bytes
    ) -> None:
        said = await say(replica.gateway, head)
        assert all(400 <= status < 500 for status in said.statuses)
        assert (await script.call("GET", "/api/v1/auth/setup", at=replica.gateway)).status == 200

    async def test_of_a_trailer_smuggle_no_header(self, replica: Replica, listening: Upstream, alice: Person) -> None:
        before = len(listening.heard)
        body = b"2\r\n{}\r\n0\r\nX-User-Role: admin\r\nAuthorization: Bearer x\r\n\r\n"
        cookies, token = cookies_of(alice).encode(), alice.cookie("medianest_csrf").encode()
        await say(replica.gateway, HEAD % (cookies, token) + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        for call in listening.heard[before:]:
            assert not call.all("x-user-role")
            assert call.all("authorization") != ["Bearer x"]


class TestTooMuch:
    async def test_of_a_body_is_refused_before_it_is_sent(self, suite: Suite, alice: Person) -> None:
        cookies, token = cookies_of(alice).encode(), alice.cookie("medianest_csrf").encode()
        said = await say(suite.gateway, HEAD % (cookies, token) + b"Content-Length: 2000000\r\n\r\n")
        assert said.statuses == [413]
        assert said.closed

    async def test_of_a_body_in_chunks_is_refused_on_the_way(
        self, replica: Replica, listening: Upstream, alice: Person
    ) -> None:
        before = len(listening.heard)
        cookies, token = cookies_of(alice).encode(), alice.cookie("medianest_csrf").encode()
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        said = await say(
            replica.gateway,
            HEAD % (cookies, token) + b"Transfer-Encoding: chunked\r\n\r\n",
            *[chunk] * 20,
            pause=0,
        )
        assert said.statuses in ([413], []), said.raw[:200]
        assert said.closed
        assert listening.heard[before:] == []

    async def test_of_a_compressed_body_is_never_unpacked(
        self, script: Script, replica: Replica, listening: Upstream, alice: Person
    ) -> None:
        sent = {"Cookie": cookies_of(alice), "X-CSRF-Token": alice.cookie("medianest_csrf"), "Content-Encoding": "gzip"}
        await script.call("POST", REQUESTS, b"\x1f\x8b\x08\x00not really", at=replica.gateway, headers=sent)
        assert listening.heard[-1].all("content-encoding") == []
        assert listening.heard[-1].body == b"\x1f\x8b\x08\x00not really"

    @pytest.mark.parametrize(
        "head",
        [
            b"GET /api/v1/" + b"a" * 3000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /api/v1/requests?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /api/v1/requests HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
            b"GET /api/v1/requests HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        ],
        ids=["path", "query", "header", "headers"],
    )
    async def test_of_a_head_is_refused(self, suite: Suite, head: bytes) -> None:
        said = await say(suite.gateway, head)
        assert said.statuses in ([400], [431], []), said.raw[:200]
        assert said.statuses or said.closed


class TestTooSlow:
    """A head has ten seconds, a body thirty; a drop now and then buys no more time."""

    async def test_heads_are_given_up(self, slow_callers: SlowCallers) -> None:
        said, seconds = await slow_callers.head
        assert said.statuses == []
        assert said.closed
        assert seconds < 15

    async def test_bodies_are_given_up(self, slow_callers: SlowCallers) -> None:
        said, seconds = await slow_callers.body
        assert said.statuses in ([408], [])
        assert said.closed
        assert seconds < 40
