"""What the gateway asks the auth service: new cookies, who somebody is, an access token for an API token, the keys."""

import time
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from medianest_common.errors import Unauthenticated, UpstreamUnavailable
from medianest_common.tokens import Caller, Verifier, service_token

_DEADLINE: Final = aiohttp.ClientTimeout(total=5.0, sock_connect=2.0)
_TOKEN_SECONDS: Final = 30.0
_AUTH: Final = "auth"


async def caller_of_new(auth: "AuthClient", verifier: Verifier, token: str) -> Caller:
    """Whose access token it is that auth has just given; auth is asked for its keys where they do not fit it yet."""
    try:
        return verifier.verify(token)
    except Unauthenticated:
        verifier.use_keys(await auth.keys())
    try:
        return verifier.verify(token)
    except Unauthenticated:
        raise UpstreamUnavailable(_AUTH, "A new session cannot be checked yet. Try again shortly.") from None


@dataclass(frozen=True, slots=True)
class AuthAnswer:
    status: int
    body: bytes
    cookies: tuple[bytes, ...]


class AuthClient:
    """Raises UpstreamUnavailable when auth does not answer, or answers with a failure of its own."""

    def __init__(self, session: aiohttp.ClientSession, base: str, key: Ed25519PrivateKey) -> None:
        self._session = session
        self._base = base
        self._key = key
        self._own_token = ("", 0.0)

    async def refresh(self, cookie: str, address: str, agent: str) -> AuthAnswer:
        """New cookies for a refresh cookie (`name=value`); a status of 401 says that there are none."""
        headers = {"Cookie": cookie, "X-Forwarded-For": address, "User-Agent": agent}
        return await self._call("POST", "/api/v1/auth/refresh", headers)

    async def is_alive(self, access_token: str) -> bool:
        """Whether the session of a token lives; auth writes it into Redis again on the way."""
        answer = await self._call("GET", "/api/v1/auth/me", {"Authorization": f"Bearer {access_token}"})
        return answer.status == 200

    async def exchange(self, api_token: str) -> str:
        """The access token for an API token; Unauthenticated if the token is no good."""
        headers = {"Authorization": f"Bearer {self._service_token()}", "Content-Type": "application/json"}
        answer = await self._call("POST", "/internal/exchange", headers, orjson.dumps({"token": api_token}))
        if answer.status != 200:
            raise Unauthenticated("This API token is not valid, or not any more.")
        return str(orjson.loads(answer.body)["access_token"])

    async def keys(self) -> list[dict[str, str]]:
        answer = await self._call("GET", "/api/v1/auth/jwks", {})
        if answer.status != 200:
            raise _unavailable()
        found: list[dict[str, str]] = orjson.loads(answer.body)["keys"]
        return found

    async def _call(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> AuthAnswer:
        try:
            async with self._session.request(
                method, self._base + path, headers=headers, data=body, timeout=_DEADLINE, allow_redirects=False
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError):
            raise _unavailable() from None
        if response.status >= 500 or response.status == 429:
            raise _unavailable()
        cookies = tuple(value for name, value in response.raw_headers if name.lower() == b"set-cookie")
        return AuthAnswer(response.status, content, cookies)

    def _service_token(self) -> str:
        token, made = self._own_token
        if time.monotonic() - made > _TOKEN_SECONDS or not token:
            token = service_token("gateway", self._key)
            self._own_token = (token, time.monotonic())
        return token


def _unavailable() -> UpstreamUnavailable:
    sentence = "Signing in and renewing sessions does not work right now. Try again shortly."
    return UpstreamUnavailable(_AUTH, sentence, retry_after=2.0)
