"""How often: sliding windows, counted exactly and in one place for every gateway, or here while Redis is away.

A window is the list of the times of the calls in it, so that a limit of five an hour never lets six into any hour. The
script looks at one key alone, which a Redis cluster needs, and takes the time from the server.
"""

import hashlib
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from medianest_common.redis_link import Command
from medianest_gateway.addresses import counted_as
from medianest_gateway.call import Call
from medianest_gateway.routes import Rate, Route
from medianest_gateway.settings import Settings

SCRIPT: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local oldest = redis.call('LINDEX', KEYS[1], -1)
while oldest and tonumber(oldest) <= now - window do
  redis.call('RPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], -1)
end
local used = redis.call('LLEN', KEYS[1])
local allowed = 0
if used < limit then
  redis.call('LPUSH', KEYS[1], string.format('%d', now))
  redis.call('PEXPIRE', KEYS[1], window)
  used = used + 1
  allowed = 1
end
return {allowed, limit - used, (oldest and tonumber(oldest) or now) + window - now}
"""
DIGEST: Final = hashlib.sha1(SCRIPT.encode()).hexdigest()  # noqa: S324 - the name Redis gives a script

_MOST_KEYS: Final = 20_000

KeyOf = Callable[[Call, Route], str]


class Limit:
    """So many calls in so many seconds, counted under a key; `headers` say so to the caller."""

    def __init__(self, key: KeyOf, count: int, seconds: int) -> None:
        self.key = key
        self.count = count
        self.seconds = seconds
        self.headers = ((b"ratelimit-limit", b"%d" % count), (b"ratelimit-policy", b"%d;w=%d" % (count, seconds)))

    def command(self, call: Call, route: Route) -> Command:
        return ("EVALSHA", DIGEST, 1, self.key(call, route), self.count, self.seconds * 1000)

    def full_command(self, call: Call, route: Route) -> Command:
        """The same with the script's text, for a Redis that does not know it yet."""
        return ("EVAL", SCRIPT, 1, self.key(call, route), self.count, self.seconds * 1000)


class Standing(NamedTuple):
    """Where a caller stands with one limit after this call; `reset` in seconds until something is free again."""

    allowed: bool
    remaining: int
    reset: int
    limit: Limit


def _by_user(call: Call, route: Route) -> str:
    return f"rate:api:{call.user or 'address:' + counted_as(call.address)}:{route.name}"


def _youtube(call: Call, _route: Route) -> str:
    return f"rate:youtube:{call.user}"


def _by_address(call: Call, route: Route) -> str:
    return f"rate:api:address:{counted_as(call.address)}:{route.rate.name.lower()}"


def _global(_call: Call, route: Route) -> str:
    return f"rate:global:{route.rate.name.lower()}"


class Limits:
    """Which limits hold for a route, and where a caller stands with them."""

    def __init__(self, settings: Settings) -> None:
        self._local = LocalWindows()
        self._by_rate: dict[Rate, tuple[Limit, ...]] = {
            Rate.API: (Limit(_by_user, settings.rate_api_per_minute, 60),),
            Rate.MEDIA_REQUEST: (Limit(_by_user, settings.rate_requests_per_hour, 3600),),
            Rate.YOUTUBE: (Limit(_youtube, settings.rate_downloads_per_hour, 3600),),
            Rate.SIGN_IN: (Limit(_by_address, settings.rate_sign_in_per_quarter, 900),),
            Rate.PIN_POLL: (Limit(_by_address, settings.rate_pin_polls_per_minute, 60),),
        }
        self._shared: dict[Rate, tuple[Limit, ...]] = {
            Rate.SIGN_IN: (Limit(_global, settings.rate_sign_in_global_per_minute, 60),),
        }
        if not settings.rate_limit_enabled:
            self._by_rate.clear()
            self._shared.clear()

    def of(self, route: Route) -> tuple[Limit, ...]:
        """A caller's own."""
        return self._by_rate.get(route.rate, ())

    def shared(self, route: Route) -> tuple[Limit, ...]:
        """Of all callers together; counted only for calls within a caller's own, so that nobody uses it up alone."""
        return self._shared.get(route.rate, ())

    def read(self, limit: Limit, answer: Any) -> Standing:
        """What the script said."""
        allowed, remaining, reset = answer
        return Standing(bool(allowed), max(0, remaining), _seconds(reset), limit)

    def count_here(self, call: Call, route: Route) -> list[Standing]:
        """Count in this process alone, while Redis is away."""
        own = [self._local.count(limit, limit.key(call, route)) for limit in self.of(route)]
        shared = self.shared(route) if all(standing.allowed for standing in own) else ()
        return own + [self._local.count(limit, limit.key(call, route)) for limit in shared]


def tightest(standings: Sequence[Standing]) -> Standing | None:
    """The one a caller should know of: the refusal, else what is used up next."""
    if len(standings) == 1:
        return standings[0]
    return min(standings, key=lambda s: (s.allowed, s.remaining), default=None)


class LocalWindows:
    """The same windows in memory, of a bounded number of keys."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._windows: OrderedDict[str, deque[float]] = OrderedDict()
        self._clock = clock

    def count(self, limit: Limit, key: str) -> Standing:
        now = self._clock()
        window = self._windows.setdefault(key, deque())
        self._windows.move_to_end(key)
        if len(self._windows) > _MOST_KEYS:
            self._windows.popitem(last=False)
        while window and window[0] <= now - limit.seconds:
            window.popleft()
        allowed = len(window) < limit.count
        if allowed:
            window.append(now)
        reset = window[0] + limit.seconds - now
        return Standing(allowed, limit.count - len(window), _seconds(reset * 1000), limit)


def _seconds(milliseconds: float) -> int:
    return max(1, -int(-milliseconds // 1000))
