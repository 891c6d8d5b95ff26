"""A broker as a test sees it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Broker:
    """A provisioned NATS: `url` without a user, and every user's password (none where the server asks for none)."""

    url: str
    passwords: dict[str, str]

    def url_for(self, user: str) -> str:
        """The address with a user and its password."""
        if user not in self.passwords:
            return self.url
        return self.url.replace("://", f"://{user}:{self.passwords[user]}@", 1)
