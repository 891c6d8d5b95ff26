"""The sandbox as a program of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from medianest_sandbox.__main__ import parse

KEY = {"X-Api-Key": "sandbox-overseerr-key"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    arguments = ["--port", str(port), "--media", str(folder / "media"), "--state", str(folder / "state")]
    return subprocess.Popen(
        [sys.executable, "-m", "medianest_sandbox", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], httpx2.Client]]:
    port = free_port()
    process = start(folder, port)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            deadline = time.monotonic() + 20
            while True:
                try:
                    client.get("/control/health").raise_for_status()
                    break
                except httpx2.TransportError:
                    assert time.monotonic() < deadline
                    assert process.poll() is None
                    time.sleep(0.05)
            yield process, client
    finally:
        process.kill()
        process.communicate()


class TestProcess:
    def test_ends_at_once_when_told_and_remembers(self, tmp_path: Path) -> None:
        def remembered(client: httpx2.Client) -> tuple[Any, Any, Any]:
            listed = client.get("/overseerr/api/v1/request", headers=KEY).json()["results"]
            people = client.get("/control/people").json()
            token = people["items"][1]["token"]
            user = client.get(
                "/plextv/api/v2/user",
                headers={"Accept": "application/json", "X-Plex-Token": token, "X-Plex-Client-Identifier": "x"},
            )
            return [each["media"]["tmdbId"] for each in listed], people, user.status_code

        with running(tmp_path) as (process, client):
            body = {"mediaType": "movie", "mediaId": 603, "is4k": False}
            client.post("/overseerr/api/v1/request", headers=KEY, json=body).raise_for_status()
            before = remembered(client)
            client.post("/control/faults", json={"system": "plex", "kind": "delay", "value": 60})
            with httpx2.Client(base_url=client.base_url, trust_env=False, timeout=0.2) as hasty:
                try:
                    hasty.get("/plex/identity")
                except httpx2.ReadTimeout:
                    started = time.monotonic()
                    process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0
            assert time.monotonic() - started < 2
            assert process.stderr is not None
            assert process.stderr.read() == ""
        with running(tmp_path) as (_, client):
            assert remembered(client) == before
        assert before[0] == [603]
        assert before[2] == 200

    def test_says_in_one_sentence_that_the_port_is_taken(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            process = start(tmp_path, taken.getsockname()[1])
            _, said = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "MEDIANEST_SANDBOX_PORT" in said
        assert len(said.splitlines()) == 1


class TestParse:
    def test_takes_secrets_and_port_from_the_environment(self, tmp_path: Path) -> None:
        settings = parse(
            ["--media", str(tmp_path), "--webhook-base", "http://127.0.0.1:8080/"],
            {"MEDIANEST_SANDBOX_PORT": "8123", "MEDIANEST_SANDBOX_OVERSEERR_WEBHOOK_AUTH": "hush"},
        )
        assert settings.port == 8123
        assert settings.overseerr_webhook is not None
        assert settings.overseerr_webhook.url == "http://127.0.0.1:8080/api/v1/webhooks/overseerr"
        assert settings.overseerr_webhook.authorization == "hush"
        assert settings.kuma_webhook is not None
        assert settings.kuma_webhook.url == "http://127.0.0.1:8080/api/v1/webhooks/uptime-kuma"

    def test_sends_no_webhooks_unless_told(self, tmp_path: Path) -> None:
        settings = parse(["--media", str(tmp_path)], {})
        assert (settings.overseerr_webhook, settings.kuma_webhook) == (None, None)
