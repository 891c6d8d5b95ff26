"""One sandbox for the whole test run, put back to its first day before each test; and somebody who hears webhooks."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from medianest_sandbox.server import running
from medianest_sandbox.settings import Settings

JSON = {"Accept": "application/json"}
API_KEY = "sandbox-overseerr-key"


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    wanted = Settings(
        media=tmp_path_factory.mktemp("media"),
        state=tmp_path_factory.mktemp("state"),
        port=0,
        scan_seconds=0.15,
        beat_seconds=600,
        bytes_per_second=None,
    )
    with running(wanted) as in_force:
        yield in_force


@pytest.fixture(scope="session")
def connection(settings: Settings) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=settings.base_url, timeout=10, trust_env=False) as client:
        yield client


@pytest.fixture
def client(connection: httpx2.Client) -> httpx2.Client:
    """Talks to the sandbox, which is as on its first day."""
    connection.cookies.clear()
    connection.post("/control/reset").raise_for_status()
    return connection


@pytest.fixture
def media(settings: Settings, client: httpx2.Client) -> Iterator[Path]:
    """The folder of the library YouTube, emptied afterwards."""
    yield settings.media
    for file in sorted(settings.media.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()


@pytest.fixture
def tokens(client: httpx2.Client) -> dict[str, dict[str, str]]:
    """Account token and server token by person."""
    people = client.get("/control/people").json()["items"]
    return {each["username"]: {"account": each["token"], "server": each["server_token"]} for each in people}


Plex = Callable[..., httpx2.Response]


@pytest.fixture
def plex(client: httpx2.Client, tokens: dict[str, dict[str, str]]) -> Plex:
    """Calls the Plex server as somebody: `plex("GET", "/library/sections", who="alice")`."""

    def call(method: str, path: str, *, who: str = "owner", **more: Any) -> httpx2.Response:
        headers = {**JSON, "X-Plex-Token": tokens[who]["server"] or "none", **more.pop("headers", {})}
        return client.request(method, f"/plex{path}", headers=headers, **more)

    return call


Overseerr = Callable[..., httpx2.Response]


@pytest.fixture
def overseerr(client: httpx2.Client) -> Overseerr:
    """Calls Overseerr with the key, as a user when one is named."""

    def call(method: str, path: str, *, user: int | None = None, **more: Any) -> httpx2.Response:
        headers = {"X-Api-Key": API_KEY, **({"X-API-User": str(user)} if user else {})}
        return client.request(method, f"/overseerr/api/v1{path}", headers=headers, **more)

    return call


Webhook = tuple[dict[str, str], Any]


@pytest.fixture
def heard() -> "queue.Queue[Webhook]":
    """Headers and body of each webhook, in order."""
    return queue.Queue()


@pytest.fixture
def webhook_url(heard: "queue.Queue[Webhook]") -> Iterator[str]:
    """Where somebody listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name is the base class's
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.put(({name.lower(): value for name, value in self.headers.items()}, json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def next_webhook(heard: "queue.Queue[Webhook]") -> Callable[[], Webhook]:
    """The next webhook; fails when none comes in time."""
    return lambda: heard.get(timeout=5)
