"""Answers as bytes: serialized once, times in UTC with a Z."""

from typing import Any

import orjson


def as_json(body: Any) -> bytes:
    """`default=str` is for the database driver's own UUID class."""
    return orjson.dumps(body, default=str, option=orjson.OPT_UTC_Z)
