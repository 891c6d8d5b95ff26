"""What stands in for the rest of the suite in these tests: clock, outside systems, people, and what others publish."""

import base64
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from medianest_common.contracts.auth import UserState, UserStatus
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.status import IntegrationKind, IntegrationSettings
from medianest_common.crypto import Sealer, new_key
from medianest_common.ids import uuid7
from medianest_common.tokens import ALGORITHM, AUDIENCE, ISSUER
from medianest_sandbox.people import BY_NAME, Accounts, account_token
from medianest_sandbox.state import StateFolder

WEBHOOK_SECRET = "a-long-random-webhook-secret"
SERVICE_KEY = Ed25519PrivateKey.generate()
READER_KEY = new_key("test")
_KEY = Ed25519PrivateKey.generate()


def as_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Sandbox:
    """The outside systems, and what they can be told."""

    base_url: str
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=10, trust_env=False))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.request(method, f"{self.base_url}/control{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def fault(self, system: str, kind: str, **more: Any) -> None:
        self.control("POST", "/faults", {"system": system, "kind": kind, **more})

    def behave(self) -> None:
        self.control("DELETE", "/faults")

    def requests(self) -> list[dict[str, Any]]:
        """What Overseerr holds, as its owner sees it."""
        answer = self.overseerr("GET", "request?take=100")
        found: list[dict[str, Any]] = answer["results"]
        return found

    def calls(self, method: str, path: str) -> list[dict[str, Any]]:
        every = self.control("GET", "/calls?system=overseerr")["items"]
        return [call for call in every if call["method"] == method and call["path"].partition("?")[0] == path]

    def overseerr(self, method: str, path: str, body: Any = None, user: int | None = None) -> Any:
        """What somebody does in Overseerr itself."""
        headers = {"X-Api-Key": "sandbox-overseerr-key"} | ({} if user is None else {"X-API-User": str(user)})
        url = f"{self.base_url}/overseerr/api/v1/{path}"
        answer = self.client.request(method, url, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@dataclass
class Person:
    """A user of ours; the name is that of the sandbox's person they are in Plex, if any."""

    name: str
    role: Role = Role.USER
    plex: bool = True
    id: UUID = field(default_factory=uuid7)

    @property
    def token(self) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(self.id), "sid": str(uuid7()), "role": self.role.value}
        return jwt.encode(claims | {"iat": now, "exp": now + 600, "epoch": 0}, _KEY, ALGORITHM, headers={"kid": "test"})

    def state(self, **more: Any) -> UserState:
        plex_id = str(BY_NAME[self.name].id) if self.plex else None
        known = {"version": 1, "user_id": self.id, "role": self.role, "status": UserStatus.ACTIVE, "plex_id": plex_id}
        return UserState.model_validate(known | more)


@dataclass
class People:
    alice: Person = field(default_factory=lambda: Person("alice"))
    bob: Person = field(default_factory=lambda: Person("bob"))
    kid: Person = field(default_factory=lambda: Person("kid"))
    mallory: Person = field(default_factory=lambda: Person("mallory"))
    owner: Person = field(default_factory=lambda: Person("owner", Role.ADMIN))
    admin: Person = field(default_factory=lambda: Person("admin", Role.ADMIN, plex=False))

    @property
    def everybody(self) -> list[Person]:
        return [self.alice, self.bob, self.kid, self.mallory, self.owner, self.admin]

    def by_id(self, user_id: str) -> Person | None:
        return next((person for person in self.everybody if str(person.id) == user_id), None)


def server_token(name: str) -> str:
    return account_token(name) if name == "owner" else Accounts(StateFolder(None)).server_token(BY_NAME[name])


def integration(kind: IntegrationKind, url: str, secret: str) -> IntegrationSettings:
    sealed = Sealer(READER_KEY).seal(secret, row=f"integration:{kind.value}:requests")
    return IntegrationSettings(
        version=1,
        integration_id=kind.value,
        kind=kind,
        name=kind.value,
        url=url,
        enabled=True,
        sealed={"requests": sealed},
    )


def integrations(base_url: str) -> dict[str, IntegrationSettings]:
    return {
        "overseerr": integration(IntegrationKind.OVERSEERR, f"{base_url}/overseerr", "sandbox-overseerr-key"),
        "plex": integration(IntegrationKind.PLEX, f"{base_url}/plex", account_token("owner")),
    }


def public_jwk() -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": as_text(_KEY.public_key().public_bytes_raw()), "kid": "test"}
