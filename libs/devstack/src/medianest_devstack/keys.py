"""Keys the services of a run prove themselves and seal with; made once, kept with the other secrets."""

import base64
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from medianest_common.crypto import new_key
from medianest_devstack.credentials import Credentials

CALLERS = ("gateway", "requests", "downloader")
READERS = ("auth", "requests", "downloader")


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _new_service_key() -> str:
    return _base64url(Ed25519PrivateKey.generate().private_bytes_raw())


def service_key(credentials: Credentials, service: str) -> str:
    """Return the private key that a service signs its service tokens with: base64url of 32 bytes."""
    return credentials.get(f"service_key_{service}", _new_service_key)


def service_public_keys(credentials: Credentials) -> str:
    """Return the public halves as auth is configured with them: a JSON object by service."""
    return json.dumps({service: _public(service_key(credentials, service)) for service in CALLERS})


def _public(private: str) -> str:
    raw = base64.urlsafe_b64decode(private + "=" * (-len(private) % 4))
    return _base64url(Ed25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw())


def encryption_keys(credentials: Credentials, service: str) -> str:
    """Return the key a service seals its own rows with."""
    return credentials.get(f"encryption_{service}", lambda: new_key("k1"))


def reader_key(credentials: Credentials, service: str) -> str:
    """Return the key with which integrations' secrets are sealed for one reader."""
    return credentials.get(f"reader_{service}", lambda: new_key("r1"))


def reader_keys(credentials: Credentials) -> str:
    """Return all readers' keys as status is configured with them: a JSON object by service."""
    return json.dumps({service: reader_key(credentials, service) for service in READERS})
