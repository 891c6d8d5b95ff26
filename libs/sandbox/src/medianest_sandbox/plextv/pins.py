"""PINs: made by an application, claimed by a person, asked for until they expire."""

import itertools
import secrets
import string
import time
from dataclasses import dataclass
from datetime import UTC, datetime

_SHORT, _SHORT_SECONDS = 4, 900
_STRONG, _STRONG_SECONDS = 25, 1800
_MOST_PINS = 2_000
_SHORT_LETTERS = "".join(sorted(set(string.digits + string.ascii_uppercase) - set("0O1I")))
_STRONG_LETTERS = string.ascii_lowercase + string.digits


@dataclass
class Pin:
    """One sign-in attempt of one application."""

    id: int
    code: str
    client: str
    product: str
    strong: bool
    created: float
    expires: float
    token: str | None = None

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return time.time() >= self.expires

    def document(self, base: str) -> dict[str, object]:
        """The PIN as plex.tv shows it to the application that made it."""
        return {
            "id": self.id,
            "code": self.code,
            "product": self.product,
            "trusted": False,
            "qr": f"{base}/plextv/api/v2/pins/qr/{self.code}",
            "clientIdentifier": self.client,
            "location": _LOCATION,
            "expiresIn": max(0, int(self.expires - time.time())),
            "createdAt": _stamp(self.created),
            "expiresAt": _stamp(self.expires),
            "authToken": self.token,
            "newRegistration": False if self.token else None,
        }


class PinBoard:
    """All PINs of the last half hour."""

    def __init__(self) -> None:
        self._pins: dict[int, Pin] = {}
        self._ids = itertools.count(secrets.randbelow(10**8) + 10**9)

    def create(self, *, client: str, product: str, strong: bool) -> Pin:
        """A new PIN that nobody has claimed; the oldest ones go when there are too many."""
        now = time.time()
        length, letters = (_STRONG, _STRONG_LETTERS) if strong else (_SHORT, _SHORT_LETTERS)
        code = self._unused(length, letters)
        expires = now + (_STRONG_SECONDS if strong else _SHORT_SECONDS)
        pin = Pin(next(self._ids), code, client, product, strong, now, expires)
        self._pins[pin.id] = pin
        while len(self._pins) > _MOST_PINS:
            del self._pins[next(iter(self._pins))]
        return pin

    def get(self, pin_id: int, *, client: str) -> Pin | None:
        """The PIN, for the application that made it and while it lives; else None."""
        pin = self._pins.get(pin_id)
        return pin if pin and pin.client == client and not pin.expired else None

    def by_code(self, code: str) -> Pin | None:
        """The living PIN with this code; a short code may be typed in small letters."""
        wanted = {code.strip(), code.strip().upper()}
        return next((pin for pin in self._pins.values() if pin.code in wanted and not pin.expired), None)

    def clear(self) -> None:
        """Forget all PINs."""
        self._pins.clear()

    def _unused(self, length: int, letters: str) -> str:
        while True:
            code = "".join(secrets.choice(letters) for _ in range(length))
            if self.by_code(code) is None:
                return code


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_LOCATION: dict[str, object] = {
    "code": "XX",
    "continent_code": "EU",
    "country": "Nowhere",
    "city": "Loopback",
    "time_zone": "UTC",
    "postal_code": "00000",
    "in_privacy_restricted_country": False,
    "european_union_member": False,
    "subdivisions": "Sandbox",
    "coordinates": "0.0, 0.0",
}
