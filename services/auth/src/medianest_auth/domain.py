"""The rules of identity: who may come in, what a refresh token is worth, when a sweep must stop. No I/O."""

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.permissions import Role

ACCESS_LIFETIME = timedelta(minutes=10)
API_ACCESS_LIFETIME = timedelta(minutes=2)
REFRESH_IDLE = timedelta(days=30)
REFRESH_ABSOLUTE = timedelta(days=180)
REFRESH_GRACE = timedelta(seconds=30)  # two tabs, a lost answer
FRESH_FOR = timedelta(minutes=30)  # how long after signing in an admin may act on other accounts
MOST_OPEN_PINS = 5
PIN_LIFETIME = timedelta(minutes=10)  # plex.tv would take longer ones
RESET_PASSWORD_LIFETIME = timedelta(days=1)  # printed on a terminal: not meant to be kept
MOST_SETUP_FAILURES = 10
_FREE_LOGIN_FAILURES = 5
_LONGEST_LOGIN_PAUSE = timedelta(minutes=5)
_SMALL_HOUSE = 3


class PinForm(StrEnum):
    CODE = "code"
    REDIRECT = "redirect"


class PinStatus(StrEnum):
    WAITING = "waiting"
    AUTHORIZED = "authorized"
    EXPIRED = "expired"
    REFUSED = "refused"


class Admission(StrEnum):
    """Who may come in: everybody with access to the server, or of those only who was invited."""

    MEMBERS = "members"
    INVITED = "invited"


class SuspendedBecause(StrEnum):
    ADMIN = "admin"
    ACCESS_ENDED = "access_ended"


class RefreshVerdict(StrEnum):
    ROTATE = "rotate"
    SIBLING = "sibling"
    ENDED = "ended"
    REPLAYED = "replayed"


@dataclass(frozen=True)
class Origin:
    """Where a call came from: the address the gateway saw, and what the browser says it is."""

    address: str | None = None
    user_agent: str = ""


@dataclass(frozen=True)
class SessionMark:
    """What the cache of living sessions says of one; `session_id` may also be an API token's id.

    `ends` is when a living one is over by itself.
    """

    session_id: UUID
    user_id: UUID
    alive: bool
    epoch: int
    ends: datetime | None = None


@dataclass(frozen=True)
class Resource:
    """One entry of a Plex account's list of servers and players."""

    client_identifier: str
    is_server: bool
    owned: bool
    access_token: str | None = None


@dataclass(frozen=True)
class Membership:
    """What a Plex account is to our server."""

    member: bool
    owner: bool = False
    server_token: str | None = None


@dataclass(frozen=True)
class Refusal:
    """Why somebody may not come in; the code is for programs, the reason for the person."""

    code: str
    reason: str


NO_ACCESS = Refusal("no_access", "Your Plex account has no access to this server. Ask its owner to share it with you.")
NOT_CONFIGURED = Refusal(
    "plex_not_configured",
    "MediaNest does not know its Plex server yet. Its administrator has to connect it first.",
)
NOT_INVITED = Refusal("not_invited", "This MediaNest takes invited people only. Ask its owner for an invitation.")
SUSPENDED = Refusal("suspended", "Your account is suspended. Ask the owner of this MediaNest.")
PLEX_REFUSED = Refusal("plex_refused", "Plex did not accept this sign-in. Start again.")
TAKEN = Refusal("plex_account_taken", "This Plex account already belongs to another MediaNest account.")
OTHER_ACCOUNT = Refusal("other_plex_account", "Your account is already linked with another Plex account.")


def membership(resources: Iterable[Resource], machine_identifier: str) -> Membership:
    """Whether the server with this machine identifier is among an account's own or shared ones."""
    for resource in resources:
        if resource.is_server and resource.client_identifier == machine_identifier:
            return Membership(member=True, owner=resource.owned, server_token=resource.access_token)
    return Membership(member=False)


@dataclass(frozen=True)
class Standing:
    """What is known of somebody who comes back."""

    status: UserStatus
    suspended_because: SuspendedBecause | None


def refusal(policy: Admission, found: Membership, standing: Standing | None, *, invited: bool) -> Refusal | None:
    """Why this Plex account may not come in now, or None when it may. The owner needs no invitation."""
    if not found.member:
        return NO_ACCESS
    if standing is not None and standing.status is UserStatus.SUSPENDED:
        if standing.suspended_because is not SuspendedBecause.ACCESS_ENDED:
            return SUSPENDED
    elif standing is None and policy is Admission.INVITED and not (invited or found.owner):
        return NOT_INVITED
    return None


def refresh_verdict(*, now: datetime, expires_at: datetime, spent_at: datetime | None, alive: bool) -> RefreshVerdict:
    """What a refresh token is worth: rotated when unspent, a sibling for 30 s after, then a sign of theft."""
    if not alive or now >= expires_at:
        return RefreshVerdict.ENDED
    if spent_at is None:
        return RefreshVerdict.ROTATE
    return RefreshVerdict.SIBLING if now - spent_at <= REFRESH_GRACE else RefreshVerdict.REPLAYED


def refresh_expiry(now: datetime, session_ends: datetime) -> datetime:
    return min(now + REFRESH_IDLE, session_ends)


def login_pause(failures: int) -> timedelta:
    """How long a name has to wait after so many wrong passwords in a row."""
    if failures < _FREE_LOGIN_FAILURES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - _FREE_LOGIN_FAILURES + 1, 10)), _LONGEST_LOGIN_PAUSE)


@dataclass(frozen=True)
class SweepUser:
    user_id: UUID
    role: Role
    loses_access: bool


def sweep_would_empty_the_house(users: Sequence[SweepUser], other_admins: int) -> bool:
    """Whether a sweep must stop: it would take the last admin, or more than half of the users (at least 3).

    A changed machine identifier looks just like everybody's access having ended.
    """
    losing = [user for user in users if user.loses_access]
    admins_left = other_admins + sum(1 for user in users if user.role is Role.ADMIN and not user.loses_access)
    takes_admin = any(user.role is Role.ADMIN for user in losing)
    return (takes_admin and admins_left == 0) or (len(losing) >= _SMALL_HOUSE and len(losing) * 2 > len(users))


def address_group(address: str | None) -> str:
    """What counts as one address for limits: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address((address or "").strip())
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "a Python program"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """A person's name for a device (`Firefox on Linux`), made of fixed words only."""
    browser = next((name for mark, name in _BROWSERS if mark.lower() in user_agent.lower()), "Unknown browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    return f"{browser} on {system}" if system else browser


def new_secret() -> str:
    """256 bits of chance, safe in cookies, URLs and headers."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """How a random secret is stored; plain SHA-256 is enough for 256 bits of chance, and can be looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()


_SETUP_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def new_setup_code() -> str:
    """Twenty letters in groups of five, without the ones people confuse: 100 bits."""
    return "-".join("".join(secrets.choice(_SETUP_LETTERS) for _ in range(5)) for _ in range(4))


def plain_setup_code(code: str) -> str:
    """A set-up code as it counts: whatever its spaces, dashes and case when typed."""
    return re.sub(r"[\s-]", "", code).upper()


_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def is_own_path(url: str) -> bool:
    """Whether this is a path of our own origin, so that nobody is sent elsewhere after signing in."""
    return _PATH.fullmatch(url) is not None
