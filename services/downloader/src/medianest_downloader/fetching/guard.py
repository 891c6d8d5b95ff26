"""The egress guard of a child: it reaches allowed names at public addresses, and nothing else.

It stands where every connection passes (resolving a name, connecting a socket), so redirects, names that resolve to
another address the second time, and addresses written as numbers meet it too. A network policy belongs beside it.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any

Lookup = Callable[..., Any]
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

BLOCKED = "address not allowed"  # survives in the text, however often yt-dlp wraps the error

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_WEB_PORTS = frozenset({80, 443})
_INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})


class AddressBlocked(OSError):
    """Not allowed from here."""


class Egress:
    def __init__(self, hosts: Iterable[str], *, allow_private: bool, lookup: Lookup = socket.getaddrinfo) -> None:
        """`lookup` resolves a name, as `socket.getaddrinfo` does."""
        self._hosts = tuple(host.lower().rstrip(".") for host in hosts)
        self._allow_private = allow_private
        self._lookup = lookup
        self._resolved: set[str] = set()

    def install(self) -> None:
        """Put the guard around this process's sockets; for good."""
        connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

        def guarded_connect(sock: socket.socket, address: Any) -> None:
            self.check_connection(sock, address)
            connect(sock, address)

        def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
            self.check_connection(sock, address)
            return connect_ex(sock, address)

        socket.getaddrinfo = self.resolve
        socket.socket.connect = guarded_connect  # type: ignore[method-assign, assignment]
        socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign, assignment]

    def resolve(self, host: Any, *args: Any, **options: Any) -> Any:
        """The addresses of an allowed name, all of them allowed; from then on they may be connected to."""
        self.check_name(host)
        found = self._lookup(host, *args, **options)
        for *_, address in found:
            self.check_address(str(address[0]))
        self._resolved.update(_plain(str(address[0])) for *_, address in found)
        return found

    def check_name(self, host: Any) -> None:
        name = (host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")).lower().rstrip(".")
        if not any(name == allowed or name.endswith(f".{allowed}") for allowed in self._hosts):
            self._refuse(name)

    def check_address(self, text: str) -> None:
        try:
            address = ipaddress.ip_address(_plain(text))
        except ValueError:
            self._refuse(text)
            return
        if not self._allow_private and not is_public(address):
            self._refuse(text)

    def check_connection(self, sock: socket.socket, address: Any) -> None:
        """Only what was resolved here may be connected to: a number that never was a name is refused."""
        if sock.family not in _INTERNET:
            self._refuse("a local socket")
        host = str(address[0])
        self.check_address(host)
        if _plain(host) not in self._resolved:
            self._refuse(host)
        if not self._allow_private and address[1] not in _WEB_PORTS:
            self._refuse(f"port {address[1]}")

    def _refuse(self, what: str) -> None:
        raise AddressBlocked(f"{BLOCKED}: {what[:200]}")


def is_public(address: IPAddress) -> bool:
    """Whether an address is on the public internet, whatever form of IPv6 it hides in."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _embedded(address: IPAddress) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _plain(text: str) -> str:
    """Without an IPv6 zone."""
    return text.partition("%")[0]
