"""Who calls, as far as the gateway has made sure of it."""

from dataclasses import dataclass
from enum import Enum, auto

from medianest_common.tokens import Caller


class Proof(Enum):
    """By what a caller was recognized."""

    COOKIE = auto()
    BEARER = auto()  # an access token shown as such
    API_TOKEN = auto()  # exchanged at auth for an access token


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller and the access token that goes along to the services."""

    caller: Caller
    token: str
    proof: Proof
