"""Which addresses are taken at the door. What they lead to is watched again by the egress guard of the child."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit


class AddressRefused(Exception):
    """The text is for the user."""


@dataclass(frozen=True)
class Door:
    """`hosts` are exact names; `relaxed` (development) lets http and ports through."""

    hosts: tuple[str, ...]
    relaxed: bool = False

    def check(self, url: str) -> str:
        """The address as it may be used; raises AddressRefused."""
        parts = _split(url)
        if parts.scheme != "https" and not (self.relaxed and parts.scheme == "http"):
            raise AddressRefused("Only addresses that begin with https:// are taken.")
        if parts.username is not None or parts.password is not None:
            raise AddressRefused("The address may not contain a user name.")
        if _port(parts) is not None and not self.relaxed:
            raise AddressRefused("The address may not contain a port.")
        if (parts.hostname or "").lower().rstrip(".") not in self.hosts:
            raise AddressRefused("Videos can be fetched from these sites: " + ", ".join(self._shown()) + ".")
        return parts._replace(fragment="").geturl()

    def _shown(self) -> tuple[str, ...]:
        return tuple(host for host in self.hosts if not host.startswith(("www.", "m.")))


def _split(url: str) -> SplitResult:
    if any(not character.isprintable() or character in " \\" for character in url):
        raise AddressRefused("The address contains characters that do not belong in one.")
    try:
        return urlsplit(url)
    except ValueError:
        raise AddressRefused("This is not an address.") from None


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise AddressRefused("This is not an address.") from None
