"""What an integration is, who may be given its secret, and which addresses are refused before any call is made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from medianest_common.contracts.status import IntegrationKind, ServiceHealth

NAMES = {
    IntegrationKind.PLEX: "Plex",
    IntegrationKind.OVERSEERR: "Overseerr",
    IntegrationKind.UPTIME_KUMA: "Uptime Kuma",
}
"""Integrations that are there once, and what people call them."""

SECRET_READERS: Mapping[IntegrationKind, frozenset[str]] = {
    IntegrationKind.PLEX: frozenset({"auth", "requests", "downloader"}),
    IntegrationKind.OVERSEERR: frozenset({"requests"}),
}
"""Who works with which secret; nobody else is given it."""

MAY_BE_PRIVATE = frozenset({IntegrationKind.HTTP, IntegrationKind.UPTIME_KUMA})

_METADATA = frozenset({ip_address("fd00:ec2::254"), ip_address("100.100.100.200"), ip_address("168.63.129.16")})
"""Addresses at which cloud machines tell their secrets, beside the link-local ones."""

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Integration:
    """One integration as admins see it: its secret stays where it is stored."""

    id: str
    kind: IntegrationKind
    name: str
    url: str
    enabled: bool
    private: bool
    depends_on: str | None
    has_secret: bool
    config: dict[str, str]
    health: ServiceHealth
    message: str | None
    updated_at: datetime
    version: int


@dataclass(frozen=True)
class Target:
    """What a prober needs: an integration with its secret open."""

    id: str
    kind: IntegrationKind
    url: str
    secret: str | None = field(repr=False)
    config: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    version: int = 0


@dataclass(frozen=True)
class Draft:
    """An integration to be made."""

    kind: IntegrationKind
    url: str
    id: str | None = None
    name: str | None = None
    secret: str | None = field(default=None, repr=False)
    enabled: bool = True
    private: bool = False
    depends_on: str | None = None


@dataclass(frozen=True)
class Change:
    """What is to be another; None leaves it as it is, and an empty `depends_on` takes it away."""

    name: str | None = None
    url: str | None = None
    secret: str | None = field(default=None, repr=False)
    enabled: bool | None = None
    private: bool | None = None
    depends_on: str | None = None
    version: int | None = None


def identifier(draft: Draft) -> str | None:
    """The id a draft gets: fixed for what is there once, else chosen or made of the name; None when there is none."""
    if draft.kind in NAMES:
        return draft.kind.value
    slug = draft.id or re.sub(r"[^a-z0-9]+", "-", (draft.name or "").lower()).strip("-")[:40].rstrip("-")
    return None if slug in {kind.value for kind in NAMES} else slug or None


def clean_url(url: str) -> str:
    """The address as it is stored, without a slash at its end; raises ValueError with words for a person."""
    parts = _split(url.strip())
    if parts.scheme not in ("http", "https"):
        raise ValueError("The address must begin with http:// or https://.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("A name and password in the address would be seen by others; leave them out.")
    if parts.fragment or parts.query:
        raise ValueError("The address must not contain ? or #.")
    if not parts.hostname or any(sign.isspace() or not sign.isprintable() for sign in url.strip()):
        raise ValueError("The address names no machine.")
    if (literal := _literal(parts.hostname)) is not None and (refusal := address_refusal(literal)):
        raise ValueError(refusal)
    return parts.geturl().rstrip("/")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        raise ValueError("This is not a web address.") from None
    return parts


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def address_refusal(address: Address) -> str | None:
    """Why nothing is asked at this address, or None. Private ones are fine: that is where home servers live."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return address_refusal(inner)
    if address.is_link_local or address in _METADATA:
        return "Link-local and metadata addresses are not asked."
    if address.is_unspecified or address.is_multicast or (address.is_reserved and not address.is_loopback):
        return "This address does not belong to one machine."
    return None


def same_server(one: str, other: str) -> bool:
    """Whether two addresses are of the same scheme, host and port: only there may a stored secret go."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
