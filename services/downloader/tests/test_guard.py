"""Where a child may connect."""

import ipaddress
import socket
import subprocess
import sys
from typing import Any

import pytest

from medianest_downloader.fetching.guard import AddressBlocked, Egress, is_public

_PRIVATE = [
    "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip
_PUBLIC = "8.8.8.8"


class TestIsPublic:
    @pytest.mark.parametrize("address", _PRIVATE)
    def test_no_form_of_an_inner_address_is_public(self, address: str) -> None:
        assert not is_public(ipaddress.ip_address(address))

    @pytest.mark.parametrize("address", ["8.8.8.8", "2607:f8b0:4004:c07::5b", "::ffff:8.8.8.8", "64:ff9b::808:808"])
    def test_the_internet_is(self, address: str) -> None:
        assert is_public(ipaddress.ip_address(address))


class Names:
    """A name server that gives one answer after the other, and the last for ever."""

    def __init__(self, *answers: str) -> None:
        self.asked: list[Any] = []
        self._answers = list(answers)

    def __call__(self, host: Any, port: int = 0, *_: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        address = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]


def connecting(egress: Egress, address: str, port: int = 443) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as sock:
        egress.check_connection(sock, (address, port))


class TestEgress:
    @pytest.mark.parametrize(
        "name",
        ["evil.example", "notyoutube.com", "youtube.com.evil.example", "127.0.0.1", "youtube.com@evil", "", None],
    )
    def test_a_name_that_is_not_allowed_is_not_even_resolved(self, name: str | None) -> None:
        names = Names(_PUBLIC)
        with pytest.raises(AddressBlocked):
            Egress(["youtube.com"], allow_private=False, lookup=names).resolve(name, 443)
        assert names.asked == []

    @pytest.mark.parametrize("address", _PRIVATE)
    def test_an_allowed_name_that_leads_inside_is_refused(self, address: str) -> None:
        with pytest.raises(AddressBlocked):
            Egress(["youtube.com"], allow_private=False, lookup=Names(address)).resolve("www.youtube.com", 443)

    @pytest.mark.parametrize("name", ["2130706433", "0177.0.0.1", "0x7f.1", "0x7f000001", "127.1", "localhost", "0"])
    def test_a_number_in_another_form_is_refused_even_where_its_name_is_allowed(self, name: str) -> None:
        with pytest.raises(AddressBlocked):
            Egress([name], allow_private=False).resolve(name, 443, socket.AF_INET)

    def test_a_name_that_resolves_to_another_address_the_second_time_leads_nowhere(self) -> None:
        egress = Egress(["youtube.com"], allow_private=False, lookup=Names(_PUBLIC, "169.254.169.254"))
        egress.resolve("youtube.com", 443)
        with pytest.raises(AddressBlocked):
            egress.resolve("youtube.com", 443)
        with pytest.raises(AddressBlocked):
            connecting(egress, "169.254.169.254")
        connecting(egress, _PUBLIC)

    @pytest.mark.parametrize("address", ["127.0.0.1", _PUBLIC, "::1"])
    def test_a_number_nobody_resolved_is_refused(self, address: str) -> None:
        with pytest.raises(AddressBlocked):
            connecting(Egress(["youtube.com"], allow_private=False), address)

    def test_only_the_ports_of_the_web_are_open(self) -> None:
        egress = Egress(["youtube.com"], allow_private=False, lookup=Names(_PUBLIC))
        egress.resolve("youtube.com", 25)
        with pytest.raises(AddressBlocked, match="port 25"):
            connecting(egress, _PUBLIC, 25)

    def test_a_local_socket_is_refused(self) -> None:
        with socket.socket(socket.AF_UNIX) as sock, pytest.raises(AddressBlocked):
            Egress([], allow_private=True).check_connection(sock, "/run/postgresql/.s.PGSQL.5432")

    @pytest.mark.parametrize(
        "program",
        [
            "import socket; socket.create_connection(('127.0.0.1', {port}))",
            "import socket; socket.socket().connect_ex(('127.0.0.1', {port}))",
            "import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/')",
            "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', {port}))",
        ],
    )
    def test_once_installed_no_way_of_connecting_passes_it(self, program: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            guarded = (
                "from medianest_downloader.fetching.guard import Egress\n"
                "Egress(['127.0.0.1'], allow_private=False).install()\n" + program.format(port=server.getsockname()[1])
            )
            done = subprocess.run(
                [sys.executable, "-c", guarded], capture_output=True, text=True, timeout=60, check=False
            )
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.accept()
        assert "address not allowed" in done.stderr
