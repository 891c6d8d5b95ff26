"""The auth service, which alone keeps users' Plex tokens."""

import base64
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from medianest_common.errors import UpstreamRefused
from medianest_common.http import OutsideClient
from medianest_common.tokens import service_token


class AuthClient:
    def __init__(self, client: OutsideClient, base_url: str, key: str) -> None:
        """`key` is our own Ed25519 private key, base64url of its 32 raw bytes."""
        self._client = client
        self._base_url = base_url
        self._key = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))

    async def server_token(self, user_id: UUID) -> str | None:
        """The user's own token for our Plex server; None when they have none. Each reading is audited there."""
        headers = {"Authorization": f"Bearer {service_token('downloader', self._key)}"}
        try:
            answer = await self._client.json("GET", f"{self._base_url}/internal/plex-token/{user_id}", headers=headers)
        except UpstreamRefused as refused:
            if refused.extra.get("upstream_status") == 404:
                return None
            raise
        token = answer.get("server_token") if isinstance(answer, dict) else None
        return token if isinstance(token, str) else None

    async def close(self) -> None:
        await self._client.close()
