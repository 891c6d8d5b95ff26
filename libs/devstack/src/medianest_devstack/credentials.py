"""Secrets of a run on this machine: made once, kept in a private file."""

import json
import secrets
from collections.abc import Callable
from pathlib import Path

from medianest_devstack.errors import DevstackError
from medianest_devstack.files import write_private


def new_secret() -> str:
    """Return a password that configuration files, URLs and shells all take unquoted.

    The leading letters matter: NATS reads an environment value as configuration, where digits alone are a number.
    """
    return "mn_" + secrets.token_urlsafe(24).replace("-", "x")


class Credentials:
    """Secrets by name; one that is asked for the first time is made and written down before it is used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values = self._load()

    def get(self, name: str, make: Callable[[], str] = new_secret) -> str:
        """Return the secret of this name, the same one in every run."""
        if name not in self._values:
            self.reload()  # another command may have added some meanwhile
        if name not in self._values:
            self._values[name] = make()
            write_private(self._path, json.dumps(self._values, indent=2, sort_keys=True) + "\n")
        return self._values[name]

    def reload(self) -> None:
        """Take in what other commands wrote since."""
        self._values = self._load() | self._values

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin with `prefix`, sorted."""
        return sorted(name for name in self._values if name.startswith(prefix))

    def _load(self) -> dict[str, str]:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise DevstackError(f"{self._path} cannot be read: {error.strerror}.") from error
        try:
            return {str(name): str(value) for name, value in json.loads(text).items()}
        except (ValueError, AttributeError) as error:
            raise DevstackError(
                f"{self._path} is damaged: restore it, or begin anew with `make clean-run` (its databases go with it)."
            ) from error
