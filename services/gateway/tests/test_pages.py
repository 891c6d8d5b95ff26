"""Files, documents and health: what is open to everybody, and the headers on everything."""

import gzip
import json
import sys
from pathlib import Path

import pytest

from medianest_gateway.answers import CommonHeaders
from medianest_gateway.web_client import WebClient

from .doubles import Someone
from .world import MakeWorld, World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small build."""
    web = tmp_path / "dist"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html><title>MediaNest</title>")
    (web / "favicon.svg").write_text("<svg/>")
    (web / "assets" / "index-D4k2_aB1.js").write_text("console.log('x');" * 200)
    (web / "assets" / "style-AAAA1111.css").write_text("a{}" * 500)
    (web / "assets" / "style-AAAA1111.css.br").write_bytes(b"brotli")
    (tmp_path / "secret.txt").write_text("secret")
    (web / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    return web


async def test_a_client_route_gets_the_page_and_a_missing_file_does_not(make_world: MakeWorld, folder: Path) -> None:
    world = await make_world(web_dir=folder)
    for path in ("/", "/requests", "/downloads/0197-abc", "/sign-in?next=%2F"):
        reply = await world.send("GET", path, {})
        assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-cache")
        assert reply.body.startswith(b"<!doctype html>")
    for path in ("/assets/gone.js", "/robots.txt", "/metrics", "/health", "/internal/x", "/docs/nothing"):
        assert (await world.send("GET", path, {})).code == "NOT_FOUND"
    assert (await world.send("GET", "/api/nothing", {})).code == "NOT_FOUND"
    assert (await world.send("POST", "/", {}, b"x")).status == 405


async def test_assets_are_kept_for_ever_and_come_compressed(make_world: MakeWorld, folder: Path) -> None:
    world = await make_world(web_dir=folder)
    script = "/assets/index-D4k2_aB1.js"
    plain = await world.send("GET", script, {"Accept-Encoding": "identity"})
    packed = await world.send("GET", script, {"Accept-Encoding": "gzip, deflate"})
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["Content-Encoding"] == "gzip"
    ready = await world.send("GET", "/assets/style-AAAA1111.css", {"Accept-Encoding": "br, gzip"})
    assert (ready.body, ready.headers["Content-Encoding"]) == (b"brotli", "br")
    again = await world.send("GET", script, {"If-None-Match": plain.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    head = await world.send("HEAD", script, {"Accept-Encoding": "identity"})
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(plain.body)))


def test_no_file_outside_the_folder_is_served(folder: Path) -> None:
    web = WebClient(folder)
    for path in ("/../secret.txt", "/assets/../../secret.txt", "/assets/link.txt", str(folder.parent / "secret.txt")):
        assert web.find(path) is None


async def test_without_a_build_there_are_no_pages_and_the_api_works(world: World, someone: Someone) -> None:
    assert (await world.send("GET", "/", {})).code == "NOT_FOUND"
    assert (await world.call("GET", "/api/v1/requests", someone)).status == 200


async def test_the_merged_document_and_its_page_come_from_here(world: World) -> None:
    document = (await world.send("GET", "/openapi.json", {"Accept-Encoding": "identity"})).json
    assert document["info"]["title"] == "MediaNest"
    page = await world.send("GET", "/docs", {"Accept-Encoding": "identity"})
    text = page.body.decode()
    assert "http://" not in text
    assert "https://" not in text
    assert "<script>" not in text
    for path in ("/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/page.js", "/docs/page.css"):
        assert path in text
        assert (await world.send("GET", path, {})).status == 200


@pytest.mark.parametrize(
    ("path", "method"),
    [("/api/v1/requests", "GET"), ("/api/v1/nothing", "GET"), ("/", "GET"), ("/docs", "GET"), ("/health/live", "GET")],
)
async def test_security_headers_are_on_everything(world: World, path: str, method: str) -> None:
    reply = await world.send(method, path, {})
    for name in ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy"):
        assert len(reply.headers.getall(name)) == 1
    policy = reply.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "*" not in policy
    assert "Server" not in reply.headers
    assert "Strict-Transport-Security" not in reply.headers


def test_https_brings_hsts() -> None:
    names = {name for name, _ in CommonHeaders("https://media.example").page}
    assert b"strict-transport-security" in names


async def test_health_says_no_details_outside_and_names_what_fails_inside(world: World) -> None:
    outside = await world.send("GET", "/health/ready", {})
    assert (outside.status, outside.json) == (200, {"status": "ok"})
    assert (await world.send("GET", "/health/live", {})).json == {"status": "ok"}
    async with world.http.get(f"{world.internal_url}/health/ready") as response:
        inside = await response.json()
    assert inside["checks"] == {"keys": "ok", "redis": "ok", "broker": "ConnectionError"}


async def test_a_gateway_without_keys_is_not_ready(make_world: MakeWorld) -> None:
    world = await make_world(auth_url="http://127.0.0.1:9")
    world.gateway.verifier.use_keys([])
    assert (await world.send("GET", "/health/ready", {})).status == 503
    async with world.http.get(f"{world.internal_url}/health/ready") as response:
        assert (response.status, (await response.json())["checks"]["keys"]) == (503, "LookupError")


async def test_metrics_are_on_the_internal_port_and_name_no_one(world: World, someone: Someone) -> None:
    await world.call("GET", "/api/v1/requests/0197aaaa", someone)
    async with world.http.get(f"{world.internal_url}/metrics") as response:
        text = await response.text()
    assert 'medianest_gateway_request_duration_seconds_count{route="requests",status="2xx"}' in text
    for private in (str(someone.user_id), str(someone.session_id), "0197aaaa", "127.0.0.1"):
        assert private not in text


class TestCors:
    ORIGIN = "https://other.example"

    async def test_an_allowed_origin_may_ask_and_read(self, make_world: MakeWorld) -> None:
        world = await make_world(cors_origins=self.ORIGIN)
        asked = {"Origin": self.ORIGIN, "Access-Control-Request-Method": "POST"}
        preflight = await world.send("OPTIONS", "/api/v1/requests", asked)
        assert (preflight.status, preflight.headers["Access-Control-Allow-Origin"]) == (204, self.ORIGIN)
        assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST"
        someone = Someone()
        await world.keep_session(someone)
        reply = await world.call("POST", "/api/v1/requests", someone, data=b"{}", Origin=self.ORIGIN)
        assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, self.ORIGIN)
        assert "Origin" in reply.headers["Vary"]

    @pytest.mark.parametrize("origin", ["https://evil.example", "https://other.example.evil.example", "null"])
    async def test_any_other_may_not(self, make_world: MakeWorld, origin: str) -> None:
        world = await make_world(cors_origins=self.ORIGIN)
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        preflight = await world.send("OPTIONS", "/api/v1/requests", asked)
        assert preflight.status == 405
        assert "Access-Control-Allow-Origin" not in preflight.headers


async def test_no_secret_is_in_a_problem_or_a_log_line(
    make_world: MakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world = await make_world(log_level="DEBUG")
    someone = Someone()
    await world.keep_session(someone)
    token = world.signer.token(someone)
    await world.service("requests").stop()
    reply = await world.call("GET", "/api/v1/requests?token=hunter2", someone)
    assert reply.status == 503
    world.gateway.access_log.flush()
    said = reply.body.decode() + json.dumps(dict(reply.headers)) + capsys.readouterr().out
    assert "request_answered" in said
    for secret in (token, someone.csrf, "hunter2", world.service("requests").url):
        assert secret not in said


async def test_a_call_is_one_line_that_names_the_route_and_not_the_path(
    make_world: MakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world = await make_world(log_level="INFO")
    someone = Someone()
    await world.keep_session(someone)
    capsys.readouterr()
    world.gateway.access_log._out = sys.stdout
    await world.call("GET", "/api/v1/media/search?query=private%20words", someone)
    world.gateway.access_log.flush()
    lines = [line for line in capsys.readouterr().out.splitlines() if "request_answered" in line]
    [line] = [json.loads(line) for line in lines]
    assert (line["route"], line["status"], line["method"]) == ("media", 200, "GET")
    assert "private" not in lines[0]
    assert len(line["trace_id"]) == 32


async def test_the_trace_goes_on(world: World, someone: Someone) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    await world.call("GET", "/api/v1/requests", someone, traceparent=f"00-{trace}-b7ad6b7169203331-01")
    await world.call("GET", "/api/v1/requests", someone, traceparent="00-garbage")
    first, second = (seen.headers["traceparent"] for seen in world.service("requests").seen)
    assert first.split("-")[1] == trace
    assert first.split("-")[2] != "b7ad6b7169203331"
    assert len(second.split("-")[1]) == 32
    problem = await world.send("GET", "/api/v1/requests", {"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert problem.json["correlation_id"] == trace
