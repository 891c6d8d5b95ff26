"""How an outside system is reached; read anew for each call, since the owner may change it at any time."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Connection:
    """`secret` is an API key or a token; it shows in no representation."""

    url: str
    secret: str = field(repr=False)


Connect = Callable[[], Connection]
"""Raises NotConfigured when the owner has not set the system up."""
