"""The auth service's internal route: a user's token for the Plex server."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from medianest_common.errors import UpstreamRefused, UpstreamUnavailable
from medianest_common.http import OutsideClient
from medianest_common.tokens import service_token

SERVICE = "The sign-in service"


@dataclass(frozen=True)
class PlexAccess:
    """`server_token` opens our Plex server as this user; None when they have no access to it."""

    plex_id: str | None
    server_token: str | None = field(repr=False)


class AuthClient:
    def __init__(self, outside: OutsideClient, base_url: str, key: Ed25519PrivateKey) -> None:
        self._outside = outside
        self._base_url = base_url
        self._key = key

    async def close(self) -> None:
        await self._outside.close()

    async def plex_access(self, user_id: str) -> PlexAccess | None:
        """What the user may open Plex with; None when they have linked no Plex account. Each reading is audited."""
        headers = {"Authorization": f"Bearer {service_token('requests', self._key)}"}
        response = await self._outside.request(
            "GET", f"{self._base_url}/internal/plex-token/{user_id}", headers=headers
        )
        if response.status_code == 404:
            return None
        if not response.is_success:
            raise UpstreamRefused(SERVICE, "The sign-in service refused us.", upstream_status=response.status_code)
        try:
            body = response.json()
            return PlexAccess(body.get("plex_id"), body.get("server_token"))
        except (ValueError, AttributeError):
            raise UpstreamUnavailable(SERVICE, "The sign-in service answered with something unreadable.") from None
