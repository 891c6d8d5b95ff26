"""What may be a password: nothing that is tried first, and not our own names with a number behind.

There are no rules about kinds of characters. `common_passwords.bin` holds digests of passwords that leaked often
(`scripts/common_passwords.py` makes it).
"""

import hashlib
from bisect import bisect_left
from functools import cache
from importlib.resources import files

from medianest_auth.errors import PasswordTooCommon

# What somebody who knows what this is would try.
OUR_WORDS = ("medianest", "overseerr", "jellyseerr", "uptime", "plex", "seerr", "admin", "media", "server", "password")
DIGEST_BYTES = 6
_MUST_BE_LEFT = 8
_SHORTEST_WORD = 4


def refuse_weak(password: str, *names: str) -> None:
    """PasswordTooCommon for one that leaked often, and for one that is little more than a word of ours or a name."""
    if is_common(password) or is_common(password.casefold()):
        raise PasswordTooCommon("This password is among those that are tried first. Choose another one.")
    if len(_without_words(password.casefold(), names)) < _MUST_BE_LEFT:
        raise PasswordTooCommon("This password is little more than a name that can be guessed. Choose another one.")


def is_common(password: str) -> bool:
    known, wanted = _known(), digest_of(password)
    place = bisect_left(range(len(known) // DIGEST_BYTES), wanted, key=lambda number: _nth(known, number))
    return _nth(known, place) == wanted


def digest_of(password: str) -> bytes:
    return hashlib.sha256(password.encode()).digest()[:DIGEST_BYTES]


def _nth(known: bytes, number: int) -> bytes:
    return known[number * DIGEST_BYTES : (number + 1) * DIGEST_BYTES]


@cache
def _known() -> bytes:
    """Digests in order, one after the other."""
    return files("medianest_auth").joinpath("common_passwords.bin").read_bytes()


def _without_words(text: str, names: tuple[str, ...]) -> str:
    words = {*OUR_WORDS, *(name.casefold() for name in names)}
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            text = text.replace(word, "")
    return text
