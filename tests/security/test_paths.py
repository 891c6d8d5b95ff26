"""Paths that two servers might read differently: authorized as one, called as another; and what is told of them."""

import json
from collections.abc import AsyncIterator
from urllib.parse import unquote

import pytest
import pytest_asyncio
from support.keys import claims_of
from support.person import Person, Script
from support.replica import Replica
from support.suite import Suite
from support.wire import Upstream, say

# Ways from a route that every user may call to one that is for administrators.
TRICKS = [
    "/api/v1/requests/../users",
    "/api/v1/requests/../../v1/users",
    "/api/v1/requests/./../users",
    "/api/v1/requests/%2e%2e/users",
    "/api/v1/requests/%2E%2E/users",
    "/api/v1/requests/.%2e/users",
    "/api/v1/requests/%2e./users",
    "/api/v1/requests/%252e%252e/users",
    "/api/v1/requests/..%2fusers",
    "/api/v1/requests%2f..%2fusers",
    "/api/v1/requests/..%5cusers",
    "/api/v1/requests/..\\users",
    "/api/v1/requests\\..\\users",
    "/api/v1/requests/..;/users",
    "/api/v1/requests/..;a=b/users",
    "/api/v1/requests/..%3b/users",
    "/api/v1/requests/..%00/users",
    "/api/v1/requests%00/../users",
    "/api/v1/requests/%c0%ae%c0%ae/users",
    "/api/v1/requests/%e0%80%ae%e0%80%ae/users",
    "/api/v1/requests/..%c0%afusers",
    "/api/v1/requests/%ef%bc%8e%ef%bc%8e/users",
    "/api/v1/requests/..\u2044users",
    "/api//v1/users",
    "//api/v1/users",
    "/api/v1//users",
    "/api/v1/users//",
    "/api/v1/./users",
    "/./api/v1/users",
    "/api/v1/users/.",
    "/api/v1/users/..",
    "/api/v1/users%00",
    "/api/v1/users%0a",
    "/api/v1/users%0d%0aX-User-Role:%20admin",
    "/api/v1/users%20",
    "/api/v1/users%2f",
    "/api/v1/users;jsessionid=1",
    "/api/v1/users%3b",
    "/api/v1/users%3f",
    "/api/v1/users%23",
    "/api/v1/%75sers",
    "/api/v1/user%73",
    "/API/v1/users",
    "/api/V1/users",
    "/api/v1/Users",
    "/api/v1/users/",
    "/api/v1/users.json",
    "/api/v1/downloads/lanes/../../users",
    "/api/v1/media/artwork/poster/../../../users",
    "/api/v1/media/artwork/poster/..%2f..%2f..%2fusers",
    "/api/v1/library/sections/..%2f..%2fusers/items",
    "/assets/../api/v1/users",
    "/docs/../api/v1/users",
    "/assets/..%2f..%2f..%2f..%2f..%2fetc/passwd",
    "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/..%5c..%5c..%5cetc/passwd",
    "/docs/..%2fopenapi.py",
    "/assets/%2e%2e/index.html",
    "/internal/exchange",
    "/internal%2fexchange",
    "/api/../internal/exchange",
    "http://127.0.0.1/api/v1/users",
    "http://evil.example/api/v1/requests/../users",
    "http:///api/v1/users",
    "*",
    "/api/v1/requests?/../users",
    "/api/v1/requests#/../users",
    "/api/v1/requests/%",
    "/api/v1/requests/%zz",
]
LINE = b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: %b\r\n\r\n"


def cookies_of(person: Person) -> bytes:
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in person.cookies().values()).encode()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def listening() -> AsyncIterator[Upstream]:
    async with Upstream() as service:
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def replica(suite: Suite, listening: Upstream) -> AsyncIterator[Replica]:
    """A gateway all of whose services note what they are sent; auth stays, so that sessions are recognized."""
    urls = dict.fromkeys(("requests_url", "downloader_url", "status_url"), listening.url)
    async with Replica(suite, **urls) as running:
        yield running


class TestTricks:
    @pytest.mark.parametrize("path", TRICKS)
    async def test_show_a_user_nothing_of_the_administrator_s(
        self, suite: Suite, owner: Person, bob: Person, path: str
    ) -> None:
        said = await say(suite.gateway, LINE % (path.encode(), cookies_of(bob)))
        assert all(status in (200, 400, 403, 404, 405, 422) for status in said.statuses), said.raw[:200]
        owner_id = claims_of(owner.cookie("medianest_session"))["sub"]
        assert owner_id.encode() not in said.raw
        assert b"root:" not in said.raw
        assert b"suspended_because" not in said.raw

    @pytest.mark.parametrize("path", TRICKS)
    async def test_reach_a_service_byte_for_byte_or_not_at_all(
        self, replica: Replica, listening: Upstream, bob: Person, path: str
    ) -> None:
        before = len(listening.heard)
        await say(replica.gateway, LINE % (path.encode(), cookies_of(bob)))
        for call in listening.heard[before:]:
            assert call.path == path.partition("#")[0]
            assert not {"", ".", ".."} & set(unquote(call.path.partition("?")[0]).split("/")[1:])

    @pytest.mark.parametrize(
        "path",
        [
            "/api/v1/requests/a%20b",
            "/api/v1/requests/%C3%A9",
            "/api/v1/requests?b=2&a=%2F..%2f&a=1&c",
            "/api/v1/requests/~a.b-c",
        ],
    )
    async def test_that_are_none_go_through_as_they_are(
        self, replica: Replica, listening: Upstream, bob: Person, path: str
    ) -> None:
        before = len(listening.heard)
        await say(replica.gateway, LINE % (path.encode(), cookies_of(bob)))
        assert [call.path for call in listening.heard[before:]] == [path]

    @pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "PURGE", "get"])
    async def test_with_another_method_open_nothing_either(
        self, suite: Suite, owner: Person, bob: Person, method: str
    ) -> None:
        head = LINE.replace(b"GET", method.encode())
        said = await say(suite.gateway, head % (b"/api/v1/users", cookies_of(bob)))
        assert all(status in (400, 403, 404, 405) for status in said.statuses), said.raw[:200]
        assert claims_of(owner.cookie("medianest_session"))["sub"].encode() not in said.raw


class TestLogLines:
    """Whoever calls cannot write lines of their own into the log."""

    MARK = "0000-00-00 [info     ] forged_by_a_caller"

    async def test_are_not_forged(self, suite: Suite, script: Script, bob: Person) -> None:
        line, encoded = f"x\n{self.MARK}", f"x%0a{self.MARK}".replace(" ", "%20")
        raw = f"x\r\n {self.MARK}".encode()
        await script.call("GET", f"/api/v1/{encoded}")
        await script.call("GET", f"/api/v1/requests?status={encoded}")
        await script.call("POST", "/api/v1/auth/login", {"username": line, "password": line})
        await script.call("POST", "/api/v1/auth/setup", {"code": line, "username": line, "password": line})
        await script.call("GET", "/api/v1/auth/setup", headers={"traceparent": f"00-{encoded}", "tracestate": encoded})
        await bob.call("POST", "/api/v1/requests", {"media_type": line, "tmdb_id": line, "title": line})
        await bob.call("POST", "/api/v1/downloads", {"url": f"http://127.0.0.1:9/{line}", "collection": line})
        await bob.call("GET", f"/api/v1/media/search?query={encoded}")
        for header in (b"User-Agent", b"Accept-Language", b"Idempotency-Key", b"X-Forwarded-For", b"Referer"):
            head = b"GET /api/v1/auth/setup HTTP/1.1\r\nHost: x\r\n%b: %b\r\n\r\n" % (header, raw)
            await say(suite.gateway, head, quiet=0.2)
        lines = [text for text in suite.log.splitlines() if self.MARK in text]
        assert not [text for text in lines if text.split("|", 1)[-1].strip().startswith(self.MARK[:10])]
        assert not [text for text in lines if text.startswith(self.MARK[:10])]


async def test_a_problem_repeats_the_address_as_data_only(script: Script) -> None:
    answer = await script.call("GET", "/api/v1/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "<script" not in json.dumps(answer.body)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
