"""From where a call comes: the connection's peer, or what a proxy of ours says in its place."""

from ipaddress import IPv6Address, ip_address, ip_network

from medianest_gateway.settings import Network

_UNKNOWN = "unknown"


class Addresses:
    """Trusts `X-Forwarded-For` only from the given networks, and reads it from the right, hop by hop."""

    def __init__(self, trusted: tuple[Network, ...]) -> None:
        self._trusted = trusted

    def client(self, peer: str | None, forwarded: bytes | None) -> str:
        """The nearest address that is not a proxy of ours."""
        if peer is None:
            return _UNKNOWN
        if not self._trusted or forwarded is None or not self._is_trusted(peer):
            return peer
        for entry in reversed(forwarded.decode("latin-1").split(",")):
            address = entry.strip()
            if not _is_address(address):
                return peer
            peer = address
            if not self._is_trusted(address):
                break
        return peer

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        return any(parsed in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def counted_as(address: str) -> str:
    """What limits count an address as: one household has a whole IPv6 /64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return _UNKNOWN
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False).network_address) + "/64"
    return address
