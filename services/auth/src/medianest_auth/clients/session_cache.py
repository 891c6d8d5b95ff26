"""Redis' copy of which sessions live: a hint for the gateway, never something this service trusts."""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

import hiredis
import structlog

from medianest_auth.domain import SessionMark
from medianest_auth.metrics import session_cache_failures
from medianest_common.clock import utc_now
from medianest_common.redis_link import Command, RedisAway, RedisLink

_log = structlog.get_logger(__name__)

_KEEP_SECONDS = 3600  # longer than any access token lives; a missing key is asked for at this service
_DEADLINE = 1.0
_LEAVE_ALONE = 5.0  # after a failure; what was not written meanwhile is written by the next look at the tables

# A revoked session stays revoked and an epoch never falls, in whatever order the writes arrive.
_WRITE = """
local known = redis.call('GET', KEYS[1])
if known then
  local ok, was = pcall(cjson.decode, known)
  if ok and type(was) == 'table' then
    if was['state'] == 'revoked' and ARGV[2] ~= 'revoked' then return 0 end
    if ARGV[2] ~= 'revoked' and tonumber(was['epoch'] or 0) > tonumber(ARGV[3]) then return 0 end
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[4])
return 1
"""


class SessionCache:
    """Writes `session:{id}`; a Redis that is away costs a second at most and fails nothing."""

    def __init__(self, url: str) -> None:
        self._link = RedisLink(url)
        self._again_at = 0.0

    async def close(self) -> None:
        await self._link.close()

    async def write(self, marks: Sequence[SessionMark]) -> bool:
        """Write what is known of some sessions; False when Redis did not take all of it. An end is always tried."""
        if not marks:
            return True
        if time.monotonic() < self._again_at and all(mark.alive for mark in marks):
            return False
        try:
            await self._ask([_command(mark) for mark in marks])
        except (RedisAway, OSError, TimeoutError) as error:
            self._again_at = time.monotonic() + _LEAVE_ALONE
            session_cache_failures.inc()
            _log.warning("session_cache_not_written", error=type(error).__name__)
            return False
        return True

    async def _ask(self, commands: Sequence[Command]) -> None:
        try:
            async with asyncio.timeout(_DEADLINE):
                answers = await self._ask_again_if_lost(commands)
        except TimeoutError:
            await self._link.close()
            raise
        if any(isinstance(answer, hiredis.ReplyError) for answer in answers):
            raise RedisAway("refused")

    async def _ask_again_if_lost(self, commands: Sequence[Command]) -> list[Any]:
        """Writes are seldom, so that Redis may have gone and come back since the last."""
        try:
            await self._link.open()
            return await self._link.ask(*commands)
        except RedisAway:
            await self._link.close()
            await self._link.open()
            return await self._link.ask(*commands)


def _command(mark: SessionMark) -> Command:
    state = "alive" if mark.alive else "revoked"
    value = json.dumps({"state": state, "epoch": mark.epoch, "user_id": str(mark.user_id)})
    return ("EVAL", _WRITE, 1, f"session:{mark.session_id}", value, state, mark.epoch, _seconds(mark))


def _seconds(mark: SessionMark) -> int:
    """Nothing is said to live for longer than it may."""
    if mark.ends is None:
        return _KEEP_SECONDS
    return max(1, min(_KEEP_SECONDS, int((mark.ends - utc_now()).total_seconds())))
