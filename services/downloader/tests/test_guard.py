"""Where a child may connect."""

import ipaddress
import socket

import pytest

from medianest_downloader.fetching.guard import AddressBlocked, Egress, is_public

_PRIVATE = [
    "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip


class TestIsPublic:
    @pytest.mark.parametrize("address", _PRIVATE)
    def test_no_form_of_an_inner_address_is_public(self, address: str) -> None:
        assert not is_public(ipaddress.ip_address(address))

    @pytest.mark.parametrize("address", ["8.8.8.8", "2607:f8b0:4004:c07::5b", "::ffff:8.8.8.8", "64:ff9b::808:808"])
    def test_the_internet_is(self, address: str) -> None:
        assert is_public(ipaddress.ip_address(address))


class TestEgress:
    @pytest.fixture
    def egress(self, monkeypatch: pytest.MonkeyPatch) -> Egress:
        """Installed for one test."""
        for name in ("connect", "connect_ex"):
            monkeypatch.setattr(socket.socket, name, getattr(socket.socket, name))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", 80))])
        made = Egress(["youtube.com"], allow_private=False)
        made.install()
        return made

    @pytest.mark.usefixtures("egress")
    @pytest.mark.parametrize(
        "name", ["evil.example", "notyoutube.com", "youtube.com.evil.example", "127.0.0.1", "", None]
    )
    def test_a_name_that_is_not_allowed_is_not_even_resolved(self, name: str | None) -> None:
        with pytest.raises(AddressBlocked):
            socket.getaddrinfo(name, 80)

    @pytest.mark.usefixtures("egress")
    def test_an_allowed_name_that_leads_inside_is_refused(self) -> None:
        with pytest.raises(AddressBlocked, match=r"127\.0\.0\.1"):
            socket.getaddrinfo("www.youtube.com", 80)

    @pytest.mark.usefixtures("egress")
    @pytest.mark.parametrize("address", [("127.0.0.1", 80), ("8.8.8.8", 80)])
    def test_a_number_nobody_resolved_is_refused(self, address: tuple[str, int]) -> None:
        with socket.socket() as sock, pytest.raises(AddressBlocked):
            sock.connect(address)

    @pytest.mark.usefixtures("egress")
    def test_a_local_socket_is_refused(self) -> None:
        with socket.socket(socket.AF_UNIX) as sock, pytest.raises(AddressBlocked):
            sock.connect("/run/postgresql/.s.PGSQL.5432")
