"""What a browser is told with every answer: what may run, who may frame, read and keep it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from support.belongings import Belongings
from support.operations import Operation, operations
from support.person import Answer, Person, Script
from support.replica import Replica
from support.suite import Suite

PLACES = {
    "a page": "/",
    "an address of the client's": "/requests/1",
    "the API's page": "/docs",
    "a script": "/docs/swagger-ui-bundle.js",
    "the document": "/openapi.json",
    "health": "/health/live",
    "an answer of a service": "/api/v1/auth/setup",
    "an answer that may be kept": "/api/v1/auth/jwks",
    "a refusal": "/api/v1/requests",
    "an unknown path": "/api/v1/none",
    "an unknown file": "/assets/none.js",
    "a trick": "/api/v1//x",
    "another method": "/api/v1/auth/login",
}
ALLOWED = "https://dashboard.example"


def policy_of(answer: Answer) -> dict[str, set[str]]:
    parts = (part.split() for part in answer.headers["Content-Security-Policy"].split(";") if part.strip())
    return {name: set(values) for name, *values in parts}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def over_https(suite: Suite) -> AsyncIterator[Replica]:
    """A gateway as it stands behind TLS, with one other origin allowed."""
    async with Replica(suite, public_url="https://media.example", cors_origins=ALLOWED) as running:
        yield running


READS = [op for op in operations() if op.is_safe and op.name != "stream_events"]


@pytest.mark.parametrize("operation", READS, ids=str)
async def test_a_head_is_answered_like_its_get(owner: Person, belongings: Belongings, operation: Operation) -> None:
    path = operation.at(belongings.ids)
    get, head = [await owner.call(method, path) for method in ("GET", "HEAD")]
    assert (head.status, head.body) == (get.status, b""), path
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


class TestEverywhere:
    @pytest.mark.parametrize("path", PLACES.values(), ids=PLACES)
    async def test_nothing_is_sniffed_framed_or_told_to_others(self, script: Script, path: str) -> None:
        headers = (await script.call("GET", path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"].startswith("same-origin")
        assert "camera=()" in headers["Permissions-Policy"]

    @pytest.mark.parametrize("path", PLACES.values(), ids=PLACES)
    async def test_only_our_own_runs(self, script: Script, path: str) -> None:
        policy = policy_of(await script.call("GET", path))
        assert policy["default-src"] == {"'none'"}  # object-src too
        assert policy["frame-ancestors"] == {"'none'"}
        assert policy["base-uri"] <= {"'none'", "'self'"}
        assert policy["form-action"] <= {"'none'", "'self'"}
        assert policy.get("script-src", set()) <= {"'self'"}
        assert policy.get("style-src", set()) <= {"'self'"}
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & set().union(*policy.values())

    @pytest.mark.parametrize("path", PLACES.values(), ids=PLACES)
    async def test_nobody_learns_what_we_are_made_of(self, script: Script, path: str) -> None:
        headers = (await script.call("GET", path)).headers
        assert not {"Server", "X-Powered-By", "Via", "X-AspNet-Version"} & set(headers)
        assert not re.search(r"uvicorn|python|aiohttp|starlette|fastapi", str(dict(headers)), re.IGNORECASE)

    @pytest.mark.parametrize("path", PLACES.values(), ids=PLACES)
    async def test_text_says_its_encoding_and_everything_its_kind(self, script: Script, path: str) -> None:
        answer = await script.call("GET", path)
        kind = answer.headers["Content-Type"]
        assert kind.startswith("application/") or "charset=utf-8" in kind

    @pytest.mark.parametrize("path", ["/", "/requests/1", "/docs"])
    async def test_pages_keep_to_their_own_policy(self, script: Script, path: str) -> None:
        page = (await script.call("GET", path)).expect(200).decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", page)
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page), "everything comes from here"

    async def test_the_client_brings_nothing_from_elsewhere(self, suite: Suite) -> None:
        """No font, script or picture of others': what the policy would refuse is not asked for."""
        built = Path(suite.environment("gateway")["MEDIANEST_WEB_DIR"])
        styles = [file.read_text() for file in built.rglob("*.css")]
        assert styles
        assert not [found for style in styles for found in re.findall(r"url\((?:https?:)?//[^)]*\)", style)]


class TestKeeping:
    @pytest.mark.parametrize(
        "operation", [op for op in operations() if op.is_safe and not op.is_public and not op.parameters], ids=str
    )
    async def test_what_a_person_sees_is_kept_by_nobody_between(self, owner: Person, operation: Operation) -> None:
        if operation.name == "stream_events":
            return
        query = {"search_media": "?query=dark", "search_library": "?query=dark"}.get(operation.name, "")
        answer = await owner.call("GET", f"{operation.path}{query}")
        assert answer.status == 200
        assert {"private", "no-store"} & set(re.split(r",\s*", answer.headers["Cache-Control"]))
        assert "public" not in answer.headers["Cache-Control"]

    async def test_an_answer_with_cookies_is_kept_by_nobody(self, kit: Person) -> None:
        answer = await kit.call("POST", "/api/v1/auth/refresh")
        assert answer.set_cookies
        assert answer.headers["Cache-Control"] == "no-store"


class TestOverHttps:
    @pytest.mark.parametrize("path", PLACES.values(), ids=PLACES)
    async def test_browsers_are_told_to_stay_there(self, script: Script, over_https: Replica, path: str) -> None:
        told = (await script.call("GET", path, at=over_https.gateway)).headers["Strict-Transport-Security"]
        assert int(re.findall(r"max-age=(\d+)", told)[0]) >= 31_536_000
        assert "includeSubDomains" in told

    async def test_live_events_come_over_tls_alone(self, script: Script, over_https: Replica) -> None:
        policy = policy_of(await script.call("GET", "/", at=over_https.gateway))
        assert policy["connect-src"] == {"'self'", "wss://media.example"}

    async def test_over_http_nobody_is_told_so(self, script: Script) -> None:
        assert "Strict-Transport-Security" not in (await script.call("GET", "/")).headers

    async def test_cookies_of_other_names_are_no_session(
        self, script: Script, over_https: Replica, alice: Person
    ) -> None:
        """Without `__Host-` in its name a cookie may have been planted by another host or port."""
        plain = {"Cookie": f"medianest_session={alice.cookie('medianest_session')}"}
        hosted = {"Cookie": f"__Host-medianest_session={alice.cookie('medianest_session')}"}
        assert (await script.call("GET", "/api/v1/auth/me", at=over_https.gateway, headers=plain)).status == 401
        assert (await script.call("GET", "/api/v1/auth/me", at=over_https.gateway, headers=hosted)).status == 200


class TestOtherOrigins:
    NOT_ALLOWED = (
        "https://evil.example",
        "https://dashboard.example.evil.example",
        "https://evil-dashboard.example",
        "http://dashboard.example",
        "https://dashboard.example:8443",
        "https://sub.dashboard.example",
        "null",
    )

    @pytest.mark.parametrize("origin", NOT_ALLOWED)
    async def test_that_are_not_on_the_list_may_read_nothing(
        self, script: Script, over_https: Replica, alice: Person, origin: str
    ) -> None:
        cookie = f"__Host-medianest_session={alice.cookie('medianest_session')}"
        answer = await script.call(
            "GET", "/api/v1/requests", at=over_https.gateway, headers={"Origin": origin, "Cookie": cookie}
        )
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        asked = await script.call("OPTIONS", "/api/v1/requests", at=over_https.gateway, headers=preflight)
        assert asked.status == 405
        assert not [name for name in asked.headers if name.lower().startswith("access-control")]

    async def test_that_are_on_the_list_are_answered_by_name(
        self, script: Script, over_https: Replica, alice: Person
    ) -> None:
        preflight = {"Origin": ALLOWED, "Access-Control-Request-Method": "POST"}
        asked = await script.call("OPTIONS", "/api/v1/requests", at=over_https.gateway, headers=preflight)
        assert asked.status == 204
        assert asked.headers["Access-Control-Allow-Origin"] == ALLOWED
        cookie = f"__Host-medianest_session={alice.cookie('medianest_session')}"
        answer = await script.call(
            "GET", "/api/v1/requests", at=over_https.gateway, headers={"Origin": ALLOWED, "Cookie": cookie}
        )
        assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
        assert "Origin" in answer.headers["Vary"]

    async def test_have_no_list_unless_the_owner_makes_one(self, script: Script, alice: Person) -> None:
        answer = await alice.call("GET", "/api/v1/requests", Origin=ALLOWED)
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
