"""The people of the sandbox and their Plex tokens, the same after every restart."""

import base64
import hashlib
import hmac
import secrets
import uuid
from dataclasses import asdict, dataclass
from typing import Any

from medianest_sandbox.state import StateFolder

_KEY = b"medianest sandbox: these tokens open nothing outside it"
_NAMESPACE = uuid.UUID("6f0c5d3e-2a41-4c0e-9f57-5ab6f1d4c2aa")

MACHINE_IDENTIFIER = hashlib.sha1(b"medianest sandbox server", usedforsecurity=False).hexdigest()
OTHER_MACHINE_IDENTIFIER = hashlib.sha1(b"somebody else's server", usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Person:
    """Somebody with a Plex account; `role` is what the account is to the sandbox's Plex server."""

    id: int
    username: str
    title: str
    email: str | None
    role: str
    about: str
    sections: frozenset[str] | None = None

    @property
    def uuid(self) -> str:
        """The account's uuid as plex.tv shows it: sixteen hexadecimal digits."""
        return uuid.uuid5(_NAMESPACE, self.username).hex[:16]


PEOPLE: tuple[Person, ...] = (
    Person(1001, "owner", "Olivia Owner", "owner@example.test", "owner", "owns the Plex server"),
    Person(1002, "alice", "Alice", "alice@example.test", "shared", "has the server shared with her"),
    Person(1003, "bob", "Bob", "bob@example.test", "shared", "has the server shared with him"),
    Person(1004, "mallory", "Mallory", "mallory@example.test", "stranger", "has a Plex account, but no access"),
    Person(1005, "kid", "Kit", None, "home", "a managed user of the owner's home, films only", frozenset({"1"})),
    Person(1006, "trent", "Trent", "trent@example.test", "elsewhere", "owns another server only"),
)
BY_NAME = {person.username: person for person in PEOPLE}
_FIRST_NEW_ID = 2001


def _mac(text: str) -> str:
    return base64.b32encode(hmac.digest(_KEY, text.encode(), "sha256")).decode().lower()[:16]


def _mint(kind: str, username: str, generation: int, nonce: str) -> str:
    body = f"{kind}-{username}-{generation}-{nonce}"
    return f"{body}-{_mac(body)}"


def account_token(username: str) -> str:
    """The token of this person's plex.tv account that is valid from the first start on."""
    return _mint("plex", username, 0, "first")


class Accounts:
    """Who there is, who has which token, and who may use the server; what was changed is remembered."""

    def __init__(self, state: StateFolder) -> None:
        self._state = state
        saved = state.load("accounts") or {}
        self._generations: dict[str, int] = saved.get("generations", {})
        self._signed_out: set[str] = set(saved.get("signed_out", []))
        self._unshared: set[str] = set(saved.get("unshared", []))
        self._joined: list[Person] = [Person(**person) for person in saved.get("joined", [])]
        self.machine_identifier: str = saved.get("machine_identifier", MACHINE_IDENTIFIER)

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody with a Plex account."""
        return (*PEOPLE, *self._joined)

    def named(self, username: str) -> Person | None:
        """The person with this name."""
        return next((person for person in self.people if person.username == username), None)

    def numbered(self, plex_id: int | None) -> Person | None:
        """The person with this Plex account id."""
        return next((person for person in self.people if person.id == plex_id), None)

    def join(self, username: str, *, role: str, email: str | None) -> Person:
        """Make a Plex account for somebody new; the name must not be taken."""
        number = _FIRST_NEW_ID + len(self._joined)
        person = Person(number, username, username.capitalize(), email, role, "joined later")
        self._joined.append(person)
        self._save()
        return person

    def token(self, person: Person) -> str:
        """This person's account token as it is now."""
        return _mint("plex", person.username, self._generations.get(person.username, 0), "first")

    def new_token(self, person: Person) -> str:
        """A further account token, as a sign-in on another device gets."""
        return _mint("plex", person.username, self._generations.get(person.username, 0), secrets.token_hex(4))

    def server_token(self, person: Person) -> str:
        """The token that this person uses at the Plex server; the owner's is the account token."""
        if person.role == "owner":
            return self.token(person)
        return _mint("server", person.username, self._generations.get(person.username, 0), "first")

    def by_account_token(self, token: str | None) -> Person | None:
        """Whose account token this is; None when it is unknown, forged, signed out or revoked."""
        return self._verify("plex", token)

    def by_server_token(self, token: str | None) -> Person | None:
        """Who may use the Plex server with this token; None when nobody may."""
        person = self._verify("server", token)
        if person is None:
            person = self._verify("plex", token)
            return person if person is not None and person.role == "owner" else None
        return person if self.has_access(person) else None

    def has_access(self, person: Person) -> bool:
        """Whether the Plex server is this person's own or shared with them."""
        return person.role in {"owner", "shared", "home"} and person.username not in self._unshared

    def sign_out(self, token: str) -> None:
        """Withdraw one token."""
        self._signed_out.add(token)
        self._save()

    def revoke(self, person: Person) -> None:
        """Withdraw every token this person has; the next sign-in gets a good one."""
        self._generations[person.username] = self._generations.get(person.username, 0) + 1
        self._save()

    def share(self, person: Person, *, shared: bool) -> None:
        """Share the server with a person again, or stop sharing it."""
        (self._unshared.discard if shared else self._unshared.add)(person.username)
        self._save()

    def change_machine(self, identifier: str | None) -> None:
        """Give the Plex server another machine identifier; None gives the first one back."""
        self.machine_identifier = identifier or MACHINE_IDENTIFIER
        self._save()

    def reset(self) -> None:
        """Everything as on the first start."""
        self._generations, self._signed_out, self._unshared, self._joined = {}, set(), set(), []
        self.change_machine(None)

    def _verify(self, kind: str, token: str | None) -> Person | None:
        parts = (token or "").split("-")
        if len(parts) != 5 or parts[0] != kind or token in self._signed_out:
            return None
        body, mac = "-".join(parts[:4]), parts[4]
        if not hmac.compare_digest(mac, _mac(body)):
            return None
        person = self.named(parts[1])
        return person if person and parts[2] == str(self._generations.get(person.username, 0)) else None

    def _save(self) -> None:
        document: dict[str, Any] = {
            "generations": self._generations,
            "signed_out": sorted(self._signed_out),
            "unshared": sorted(self._unshared),
            "joined": [asdict(person) for person in self._joined],
            "machine_identifier": self.machine_identifier,
        }
        self._state.save("accounts", document)
