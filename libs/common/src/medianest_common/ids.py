"""Identifiers made by whoever writes the row, so that an event can name it before the commit."""

import os
import time
from uuid import UUID

_VARIANT = 0b10 << 62
_VERSION = 7 << 76


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562): millisecond time first, so that new rows sit together in an index."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high = (random >> 68) & 0xFFF
    low = random & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | _VERSION | high << 64 | _VARIANT | low)
