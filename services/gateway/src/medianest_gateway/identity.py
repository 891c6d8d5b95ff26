"""Who calls, as far as the gateway has made sure of it."""

from enum import Enum, auto

from medianest_common.tokens import Caller


class Proof(Enum):
    """By what a caller was recognized."""

    COOKIE = auto()
    BEARER = auto()  # an access token shown as such
    API_TOKEN = auto()  # exchanged at auth for an access token


class Identity:
    """The caller and the access token that goes along to the services; `user` and `session` are ids as text."""

    __slots__ = ("caller", "proof", "session", "token", "user")

    def __init__(self, caller: Caller, token: str, proof: Proof) -> None:
        self.caller = caller
        self.token = token
        self.proof = proof
        self.user = str(caller.user_id)
        self.session = str(caller.session_id)
