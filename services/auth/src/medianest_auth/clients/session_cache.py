"""Redis' copy of which sessions live: a hint for the gateway, never something this service trusts."""

import json
import time
from collections.abc import Sequence

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from medianest_auth.domain import SessionMark
from medianest_auth.metrics import session_cache_failures

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
        self._redis = Redis.from_url(
            url, socket_timeout=_DEADLINE, socket_connect_timeout=_DEADLINE, max_connections=10
        )
        self._write = self._redis.register_script(_WRITE)
        self._again_at = 0.0

    async def close(self) -> None:
        await self._redis.aclose()

    async def write(self, marks: Sequence[SessionMark]) -> bool:
        """Write what is known of some sessions; False when Redis did not take all of it. An end is always tried."""
        if time.monotonic() < self._again_at and all(mark.alive for mark in marks):
            return False
        try:
            for mark in marks:
                await self._write(keys=[f"session:{mark.session_id}"], args=_arguments(mark))
        except (RedisError, OSError, TimeoutError) as error:
            self._again_at = time.monotonic() + _LEAVE_ALONE
            session_cache_failures.inc()
            _log.warning("session_cache_not_written", error=type(error).__name__)
            return False
        return True

    async def check(self) -> None:
        """Raise when Redis does not answer."""
        await self._redis.ping()


def _arguments(mark: SessionMark) -> list[str | int]:
    state = "alive" if mark.alive else "revoked"
    value = json.dumps({"state": state, "epoch": mark.epoch, "user_id": str(mark.user_id)})
    return [value, state, mark.epoch, _KEEP_SECONDS]
