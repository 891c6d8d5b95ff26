"""Names of the cookies, which depend on whether the public address is https."""

from dataclasses import dataclass

SESSION = "medianest_session"
REFRESH = "medianest_refresh"
CSRF = "medianest_csrf"
PIN = "medianest_pin"


@dataclass(frozen=True)
class CookieNames:
    """`__Host-` in front over https: such a cookie cannot be planted by another host or port, nor sent to one."""

    secure: bool

    @classmethod
    def for_public_url(cls, public_url: str) -> "CookieNames":
        return cls(secure=public_url.startswith("https://"))

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    @property
    def session(self) -> str:
        return self._name(SESSION)

    @property
    def refresh(self) -> str:
        return self._name(REFRESH)

    @property
    def csrf(self) -> str:
        return self._name(CSRF)

    @property
    def pin(self) -> str:
        return self._name(PIN)
