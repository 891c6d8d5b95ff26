"""The way out: which addresses are called, and what a failed call says."""

import asyncio
import socket
import ssl
from typing import Any

import httpx2
import pytest

from medianest_status.clients.asking import Asker, NoAnswer
from medianest_status.clients.guard import GuardedTransport


async def ask(url: str, resolved: str | None = None) -> httpx2.Response:
    """Ask through the guard over a transport that would answer anything."""
    transport = GuardedTransport(httpx2.MockTransport(lambda request: httpx2.Response(200, text=str(request.url))))
    async with httpx2.AsyncClient(transport=transport) as client:
        return await client.get(url)


class TestGuard:
    @pytest.mark.parametrize("url", ["http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://0.0.0.0/"])
    async def test_asks_nothing_at_link_local_addresses(self, url: str) -> None:
        with pytest.raises(httpx2.ConnectError) as refused:
            await ask(url)
        assert type(refused.value).__name__ == "AddressRefused"

    async def test_refuses_a_name_that_leads_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def resolve(*args: Any, **kwargs: Any) -> list[Any]:
            kinds = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kinds, ("10.0.0.1", 0)), (*kinds, ("169.254.169.254", 0))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        with pytest.raises(httpx2.ConnectError) as refused:
            await ask("http://innocent.example/")
        assert type(refused.value).__name__ == "AddressRefused"

    async def test_calls_the_address_that_was_checked_under_its_own_name(self) -> None:
        def answer(request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(
                200, json=[request.url.host, request.headers["host"], request.extensions["sni_hostname"]]
            )

        async with httpx2.AsyncClient(transport=GuardedTransport(httpx2.MockTransport(answer))) as client:
            found = (await client.get("http://localhost:1234/x")).json()
        assert found[0] in ("127.0.0.1", "::1")
        assert found[1:] == ["localhost:1234", "localhost"]

    async def test_stops_reading_an_endless_answer(self) -> None:
        class Endless(httpx2.AsyncByteStream):
            async def __aiter__(self) -> Any:
                while True:
                    yield b"x" * 65_536

        transport = GuardedTransport(httpx2.MockTransport(lambda request: httpx2.Response(200, stream=Endless())))
        async with Asker("web", deadline=5, slow_after_ms=1_000, transport=transport) as asker:
            with pytest.raises(NoAnswer, match="too large"):
                await asker.get("http://127.0.0.1/")

    async def test_tells_a_bad_certificate_from_a_closed_port(self) -> None:
        def refuse(request: httpx2.Request) -> httpx2.Response:
            raise httpx2.ConnectError("handshake") from ssl.SSLError("certificate verify failed")

        async with Asker(
            "web", deadline=5, slow_after_ms=1_000, transport=GuardedTransport(httpx2.MockTransport(refuse))
        ) as asker:
            with pytest.raises(NoAnswer, match="certificate"):
                await asker.get("https://127.0.0.1/")

    async def test_says_when_a_name_is_not_known(self) -> None:
        async with Asker("web", deadline=5, slow_after_ms=1_000) as asker:
            with pytest.raises(NoAnswer, match="not known"):
                await asker.get("http://no-such-machine.invalid/")
