"""The one round trip to Redis a call costs: is the session alive, is the caller within limits, what is kept.

A sign-in costs a second one, for the limit that all addresses share.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import hiredis

from medianest_common.redis_link import Command, RedisAway, RedisLink
from medianest_gateway.cache import Lookup
from medianest_gateway.call import Call
from medianest_gateway.limits import Limit, Limits, Standing
from medianest_gateway.metrics import redis_fallbacks
from medianest_gateway.routes import Route
from medianest_gateway.sessions import Sessions, State, session_command


class Admitted(NamedTuple):
    """What Redis, or without it this process, says of a call."""

    state: State | None  # None: a stranger
    standings: Sequence[Standing]


class Admission:
    def __init__(self, link: RedisLink, limits: Limits, sessions: Sessions) -> None:
        self._link = link
        self._limits = limits
        self._sessions = sessions

    async def ask(self, call: Call, route: Route, lookup: Lookup | None) -> Admitted:
        """Never raises for Redis' sake: without it the token, the revocations heard and local counts decide."""
        limits = self._limits.of(route)
        identity = call.identity
        commands: list[Command] = [session_command(identity)] if identity is not None else []
        commands += [limit.command(call, route) for limit in limits]
        commands += lookup.commands if lookup is not None else ()
        try:
            answers = await self._link.ask(*commands) if commands else []
            counted = answers[1 if identity is not None else 0 :][: len(limits)]
            standings = await self._read(call, route, limits, counted)
            if (shared := self._limits.shared(route)) and all(standing.allowed for standing in standings):
                counted = await self._link.ask(*(limit.command(call, route) for limit in shared))
                standings += await self._read(call, route, shared, counted)
        except RedisAway:
            redis_fallbacks.inc()
            state = self._sessions.without_redis(identity) if identity is not None else None
            return Admitted(state, self._limits.count_here(call, route))
        if lookup is not None:
            lookup.take(answers[-len(lookup.commands) :])
        state = self._sessions.judge(identity, answers[0]) if identity is not None else None
        return Admitted(state, standings)

    async def _read(self, call: Call, route: Route, limits: Sequence[Limit], answers: list[Any]) -> list[Standing]:
        """What Redis counted; it is asked again when it was restarted and has forgotten the script."""
        if any(isinstance(answer, hiredis.ReplyError) for answer in answers):
            answers = await self._link.ask(*(limit.full_command(call, route) for limit in limits))
            if any(isinstance(answer, hiredis.ReplyError) for answer in answers):
                raise RedisAway("refused")  # a Redis that takes no writes is as good as away
        return [self._limits.read(limit, answer) for limit, answer in zip(limits, answers, strict=True)]
