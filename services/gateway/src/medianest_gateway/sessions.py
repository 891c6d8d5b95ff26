"""Whether a session lives: Redis' copy of auth's table, auth itself when Redis does not know, never a guess.

With Redis away a good signature, the token's expiry and the revocations heard over the broker decide; with auth away
too, or a key missing, the same. Nobody gets in who should not, nobody who should is locked out.
"""

import asyncio
import time
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson

from medianest_common.errors import Upstream
from medianest_common.redis_link import Command, RedisAway, RedisLink
from medianest_gateway.auth_client import AuthClient
from medianest_gateway.identity import Identity, Proof
from medianest_gateway.revocations import Revocations

_SURE_SECONDS: Final = 5.0  # auth's word holds so long where Redis cannot keep it


class State(Enum):
    ALIVE = auto()
    ENDED = auto()
    OUTDATED = auto()  # alive, but the user's rights are others than the token says
    UNKNOWN = auto()  # Redis has no such key
    AWAY = auto()  # Redis did not say


@dataclass(frozen=True, slots=True)
class Kept:
    """Redis' copy of one session."""

    alive: bool
    epoch: int


def session_command(identity: Identity) -> Command:
    return ("GET", f"session:{identity.session}")


def parse(answer: Any) -> Kept | None:
    """What Redis keeps of a session; None when it keeps nothing that can be read."""
    return _parse(answer) if isinstance(answer, bytes) else None


@lru_cache(maxsize=4096)
def _parse(answer: bytes) -> Kept | None:
    try:
        value = orjson.loads(answer)
        return Kept(value["state"] == "alive", int(value["epoch"]))
    except (ValueError, TypeError, KeyError):
        return None


class Sessions:
    def __init__(self, link: RedisLink, auth: AuthClient, revocations: Revocations) -> None:
        self._link = link
        self._auth = auth
        self._revocations = revocations
        self._sure_until: dict[UUID, float] = {}
        self._asking: dict[UUID, asyncio.Task[State]] = {}

    def judge(self, identity: Identity, answer: Any) -> State:
        """What Redis' answer says, together with the revocations heard."""
        session_id = identity.caller.session_id
        if session_id in self._revocations:
            return State.ENDED
        kept = parse(answer)
        if kept is None:
            return State.UNKNOWN
        if not kept.alive:
            return self._ended(session_id)
        return State.OUTDATED if kept.epoch > identity.caller.epoch else State.ALIVE

    def without_redis(self, identity: Identity) -> State:
        return State.ENDED if identity.caller.session_id in self._revocations else State.AWAY

    async def settle(self, identity: Identity, state: State) -> State:
        """ALIVE, ENDED or OUTDATED; asks auth once where Redis knows nothing of the session."""
        if state is State.AWAY or (state is State.UNKNOWN and identity.proof is Proof.API_TOKEN):
            return State.ALIVE  # auth has just exchanged the API token
        if state is not State.UNKNOWN:
            return state
        session_id = identity.caller.session_id
        if self._sure_until.get(session_id, 0) > time.monotonic():
            return State.ALIVE
        task = self._asking.get(session_id)
        if task is None:
            task = asyncio.create_task(self._ask_auth(identity))
            self._asking[session_id] = task
            task.add_done_callback(lambda _: self._asking.pop(session_id, None))
        return await asyncio.shield(task)

    async def look(self, identities: list[Identity]) -> list[State]:
        """How the sessions of open sockets stand, in one round trip; UNKNOWN is not settled."""
        try:
            answers = await self._link.ask(*(session_command(i) for i in identities))
        except RedisAway:
            return [self.without_redis(identity) for identity in identities]
        return [self.judge(identity, answer) for identity, answer in zip(identities, answers, strict=True)]

    async def _ask_auth(self, identity: Identity) -> State:
        try:
            alive = await self._auth.is_alive(identity.token)
        except Upstream:
            return State.ALIVE  # the token's own expiry holds
        if not alive:
            return self._ended(identity.caller.session_id)
        self._remember(identity.caller.session_id)
        return State.ALIVE

    def _ended(self, session_id: UUID) -> State:
        """Who was refused once stays refused, even where Redis goes before the broker has told of it."""
        self._revocations.add(session_id)
        return State.ENDED

    def _remember(self, session_id: UUID) -> None:
        now = time.monotonic()
        if len(self._sure_until) > 10_000:
            self._sure_until = {known: until for known, until in self._sure_until.items() if until > now}
        self._sure_until[session_id] = now + _SURE_SECONDS
