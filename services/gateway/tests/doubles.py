"""What stands around the gateway in its tests: an auth service and services that show what reached them."""

import base64
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from medianest_common.contracts.permissions import Role
from medianest_common.crypto import csrf_token
from medianest_common.tokens import AUDIENCE, ISSUER

CSRF_KEY = "a key for tests that is long enough"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Signer:
    """Signs access tokens as auth does."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    kid: str = "k1"

    def public(self) -> dict[str, str]:
        raw = self.key.public_key().public_bytes_raw()
        return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": base64url(raw)}

    def claims(self, user: "Someone", **other: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user.user_id),
            "sid": str(user.session_id),
            "role": user.role.value,
            "epoch": user.epoch,
            "iat": now,
            "exp": now + 600,
        }
        return claims | other

    def token(self, user: "Someone", **other: Any) -> str:
        return jwt.encode(self.claims(user, **other), self.key, algorithm="EdDSA", headers={"kid": self.kid})


@dataclass
class Someone:
    """A person with a session."""

    role: Role = Role.USER
    user_id: UUID = field(default_factory=uuid4)
    session_id: UUID = field(default_factory=uuid4)
    epoch: int = 0

    @property
    def csrf(self) -> str:
        return csrf_token(str(self.session_id), CSRF_KEY.encode())


@dataclass(frozen=True)
class Seen:
    """One call as it reached a service."""

    method: str
    raw_path: str
    headers: dict[str, str]
    body: bytes


class Service:
    """A service that answers everything with what it is told to, and remembers what reached it."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answers: dict[str, Answer] = {}
        self.headers: dict[str, str] = {}
        self.url = ""
        self._runner: web.AppRunner | None = None
        self._port = 0

    def forget(self) -> None:
        self.seen.clear()
        self.answers.clear()
        self.headers.clear()

    async def start(self) -> None:
        """Listen, if it does not; on the same port as before."""
        if self._runner is not None:
            return
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, self._port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{self._port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def calls(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.raw_path.partition("?")[0] == path]

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{anything:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.method, request.raw_path, headers, body))
        answer = self.answers.get(request.raw_path.partition("?")[0])
        if answer is not None:
            return await answer(request)
        return web.json_response({"path": request.raw_path, "count": len(self.seen)}, headers=self.headers)


class FakeAuth(Service):
    """The parts of auth the gateway stands on; `refreshes` are refresh tokens that are good, and whose."""

    def __init__(self, signer: Signer) -> None:
        super().__init__()
        self.signer = signer
        self.refreshes: dict[str, Someone] = {}
        self.api_tokens: dict[str, tuple[Someone, str]] = {}
        self.alive: set[UUID] = set()
        self.forget()

    def forget(self) -> None:
        super().forget()
        self.answers = {
            "/api/v1/auth/refresh": self._refresh,
            "/api/v1/auth/me": self._me,
            "/api/v1/auth/jwks": self._jwks,
            "/internal/exchange": self._exchange,
        }

    async def _refresh(self, request: web.Request) -> web.Response:
        someone = self.refreshes.get(request.cookies.get("medianest_refresh", ""))
        if someone is None:
            gone = web.json_response({"code": "SESSION_ENDED"}, status=401)
            gone.headers.add("Set-Cookie", 'medianest_session=""; Max-Age=0; Path=/')
            return gone
        answer = web.json_response({"expires_at": "2099-01-01T00:00:00Z"})
        answer.headers.add("Set-Cookie", f"medianest_session={self.signer.token(someone)}; HttpOnly; Path=/")
        answer.headers.add("Set-Cookie", "medianest_refresh=next-refresh-token; HttpOnly; Path=/")
        return answer

    async def _me(self, request: web.Request) -> web.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, options={"verify_signature": False})
        alive = UUID(claims["sid"]) in self.alive
        return web.json_response({"id": claims["sub"]}, status=200 if alive else 401)

    async def _jwks(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.signer.public()]})

    async def _exchange(self, request: web.Request) -> web.Response:
        known = self.api_tokens.get((await request.json())["token"])
        if known is None:
            return web.json_response({"code": "AUTHENTICATION_REQUIRED"}, status=401)
        someone, scope = known
        token = self.signer.token(someone, scope=scope)
        return web.json_response({"access_token": token, "expires_at": "2099-01-01T00:00:00Z"})
