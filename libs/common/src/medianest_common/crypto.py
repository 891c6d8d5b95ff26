"""Sealing secrets at rest: AES-256-GCM, the key's id in front, the row's identity as associated data."""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_KEY_BYTES = 32


class SealBroken(Exception):
    """The text was not sealed by a known key for this row, or was altered."""


def new_key(key_id: str) -> str:
    """A fresh key in the form the settings take: `<id>:<base64 of 32 bytes>`."""
    return f"{key_id}:{base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()}"


class Sealer:
    """Seals with the first key and opens with any, so that a new key is put in front and old texts still open."""

    def __init__(self, keys: str) -> None:
        """`keys` is a comma-separated list of `<id>:<base64>`; raises ValueError when one is not 32 bytes."""
        self._keys: dict[str, AESGCM] = {}
        for part in keys.split(","):
            key_id, _, text = part.strip().partition(":")
            raw = _decode(text)
            if not key_id or len(raw) != _KEY_BYTES:
                raise ValueError("a sealing key is <id>:<base64 of 32 bytes>")
            self._keys[key_id] = AESGCM(raw)
        self.current = next(iter(self._keys))

    def seal(self, text: str, *, row: str) -> str:
        """Seal a text for one row (`users.plex_token:<id>`); it opens for no other."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._keys[self.current].encrypt(nonce, text.encode(), row.encode())
        return f"{self.current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, row: str) -> str:
        """The text again; raises SealBroken, never tells why."""
        key_id, _, body = sealed.partition(".")
        key = self._keys.get(key_id)
        if key is None:
            raise SealBroken
        try:
            raw = _decode(body)
            return key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], row.encode()).decode()
        except (InvalidTag, ValueError):
            raise SealBroken from None

    def is_current(self, sealed: str) -> bool:
        return sealed.partition(".")[0] == self.current


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text)
    except binascii.Error:
        raise ValueError("not base64") from None


def csrf_token(session_id: str, key: bytes) -> str:
    """The CSRF token of a session: bound to it by HMAC, so a cookie planted from another port of the host is no use."""
    return hmac.new(key, f"csrf:{session_id}".encode(), hashlib.sha256).hexdigest()
