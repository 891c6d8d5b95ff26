"""Kept answers: only where the route table says so and the service allows it, never one person's for another.

An entry lies in Redis under user (or nobody), permission epoch, route, query and language, and carries the generation
that was read before it was asked for. A write of the user's own raises their generation before it is answered, an event
raises the service's: what was asked before is then not fresh any more, also what was still on its way.
"""

import hashlib
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import orjson

from medianest_common.redis_link import Command, RedisAway, RedisLink
from medianest_gateway.asgi import Headers
from medianest_gateway.call import Call
from medianest_gateway.identity import Proof
from medianest_gateway.metrics import cache_answers
from medianest_gateway.routes import Keep, Route

LARGEST: Final = 256 * 1024
_STALE_SECONDS: Final = 3600  # how long past its freshness an answer is kept for when the service is down
_GENERATION_SECONDS: Final = 7 * 86_400  # longer than any entry, so that a generation never comes back
_KEPT_HEADERS: Final = (b"content-type", b"content-language", b"etag", b"last-modified")
_NOBODY: Final = "all"


@dataclass(slots=True)
class Entry:
    """One kept answer; times in seconds since the epoch."""

    generation: str
    stored_at: float
    fresh_until: float
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def etag(self) -> bytes:
        return dict(self.headers)["etag"].encode("latin-1")

    def pack(self) -> bytes:
        head = [self.generation, self.stored_at, self.fresh_until, self.headers]
        return orjson.dumps(head) + b"\n" + self.body

    @classmethod
    def unpack(cls, data: bytes) -> "Entry":
        head, _, body = data.partition(b"\n")
        generation, stored_at, fresh_until, headers = orjson.loads(head)
        return cls(generation, stored_at, fresh_until, [(name, value) for name, value in headers], body)


class Lookup:
    """What is asked of Redis for one cacheable call, and what came back."""

    __slots__ = ("commands", "entry", "generation", "generations", "key")

    def __init__(self, key: str, generations: tuple[str, ...]) -> None:
        self.key = key
        self.generations = generations
        self.commands: tuple[Command, ...] = (*(("GET", name) for name in generations), ("GET", key))
        self.generation: str | None = None  # None: not known, so nothing is kept and nothing is fresh
        self.entry: Entry | None = None

    def take(self, answers: Sequence[Any]) -> None:
        *generations, entry = answers
        if all(isinstance(generation, bytes) for generation in generations):
            self.generation = b".".join(generations).decode()
        if isinstance(entry, bytes):
            with suppress(ValueError, TypeError, KeyError):
                self.entry = Entry.unpack(entry)

    @property
    def fresh(self) -> Entry | None:
        entry = self.entry
        if entry is None or entry.generation != self.generation or entry.fresh_until <= time.time():
            return None
        return entry


class ResponseCache:
    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._owed: set[str] = set()  # generations that could not be raised while Redis was away
        self._has_room = True

    def lookup(self, call: Call, route: Route) -> Lookup | None:
        """What to ask for; None where nothing may be kept."""
        if route.keep is Keep.NEVER or call.method != "GET" or call.header(b"range") is not None:
            return None
        who, epoch = _NOBODY, 0
        generations = [_service_generation(route.upstream)]
        if route.keep is Keep.PRIVATE:
            identity = call.identity
            if identity is None:
                return None
            caller = identity.caller
            who = identity.session if identity.proof is Proof.API_TOKEN else identity.user
            epoch = caller.epoch
            generations.append(_user_generation(identity.user))
        if not self._owed.isdisjoint(generations):
            return None
        return Lookup(f"cache:api:{who}:{epoch}:{route.name}:{_digest(call)}", tuple(generations))

    async def begin(self, lookup: Lookup) -> None:
        """Give a generation to what has none yet, so that the next answer can be kept."""
        if lookup.generation is None:
            await self._tell(*(_set(name, only_new=True) for name in lookup.generations))

    async def keep(self, lookup: Lookup, route: Route, headers: Headers, body: bytes) -> bytes | None:
        """Keep an answer if its service allows it; its ETag if it was kept, so that it can go along."""
        seconds = _lifetime(headers, shared=route.keep is Keep.SHARED)
        if seconds <= 0 or len(body) > LARGEST or lookup.generation is None or not self._has_room:
            return None
        kept = {name.decode(): value.decode("latin-1") for name, value in headers if name in _KEPT_HEADERS}
        kept.setdefault("etag", f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        now = time.time()
        entry = Entry(lookup.generation, now, now + seconds, list(kept.items()), body)
        await self._tell(("SET", lookup.key, entry.pack(), "EX", int(seconds) + _STALE_SECONDS))
        return entry.etag

    async def user_wrote(self, user_id: str) -> None:
        """Raise a user's generation; nothing asked for before is fresh for them any more."""
        await self._raise(_user_generation(user_id))

    async def service_changed(self, upstream: str) -> None:
        """Raise a service's generation, for everybody."""
        await self._raise(_service_generation(upstream))

    async def settle_debts(self) -> None:
        """Raise what could not be raised; until then nothing of it is looked up. Call it every second."""
        for name in list(self._owed):
            await self._raise(name)

    async def look_for_room(self) -> None:
        """Keep nothing more while Redis is half full: limits and ended sessions lie there too, and a full one forgets
        whatever was used longest ago. Call it every second."""
        with suppress(RedisAway):
            [memory] = await self._link.ask(("INFO", "memory"))
            self._has_room = not isinstance(memory, bytes) or not _is_half_full(memory)

    async def _raise(self, name: str) -> None:
        try:
            await self._link.ask(_set(name))
            self._owed.discard(name)
        except RedisAway:
            self._owed.add(name)

    async def _tell(self, *commands: Command) -> None:
        with suppress(RedisAway):
            await self._link.ask(*commands)


async def answer_from(call: Call, entry: Entry, *, stale: bool) -> None:
    """Answer with a kept copy; 304 when the caller has the same."""
    cache_answers.labels("stale" if stale else "hit").inc()
    age = max(0, int(time.time() - entry.stored_at))
    headers: Headers = [(name.encode(), value.encode("latin-1")) for name, value in entry.headers]
    headers += [
        (b"cache-control", b"private, no-cache"),
        (b"age", b"%d" % age),
        (b"x-cache", b"stale" if stale else b"hit"),
    ]
    if matches(call.header(b"if-none-match"), entry.etag):
        await call.reply.whole(304, headers)
    else:
        await call.reply.whole(200, headers, entry.body)


def matches(if_none_match: bytes | None, etag: bytes) -> bool:
    """Whether the caller already has it (weak comparison, RFC 9110)."""
    if if_none_match is None:
        return False
    bare = etag.removeprefix(b"W/")
    return any(tag.strip().removeprefix(b"W/") in (bare, b"*") for tag in if_none_match.split(b","))


def _is_half_full(memory: bytes) -> bool:
    """By Redis' own words (`name:value` a line); one without a limit never is."""
    said = dict(line.split(b":", 1) for line in memory.split(b"\r\n") if b":" in line)
    return int(said.get(b"used_memory", 0)) * 2 > int(said.get(b"maxmemory", 0)) > 0


def _lifetime(headers: Headers, *, shared: bool) -> float:
    """Seconds a service allows its answer to be kept; 0 for not at all."""
    seconds = 0.0
    for name, value in headers:
        if name in (b"set-cookie", b"content-encoding") or (name == b"vary" and b"*" in value):
            return 0.0
        if name == b"cache-control":
            directives = {part.strip().lower() for part in value.split(b",")}
            if not directives.isdisjoint({b"no-store", b"no-cache"}) or (shared and b"public" not in directives):
                return 0.0
            for directive in directives:
                if directive.startswith(b"max-age=") and directive[8:].isdigit():
                    seconds = float(directive[8:])
    return seconds


def _digest(call: Call) -> str:
    """Path, query in a canonical order (values of one name keep theirs) and language."""
    parts = sorted(call.query.split(b"&"), key=lambda part: part.partition(b"=")[0])
    language = (call.header(b"accept-language") or b"")[:64].lower()
    return hashlib.sha256(b"\n".join([call.raw, *parts, language])).hexdigest()[:40]


def _user_generation(user_id: str) -> str:
    return f"cache:generation:user:{user_id}"


def _service_generation(upstream: str) -> str:
    return f"cache:generation:service:{upstream}"


def _set(name: str, *, only_new: bool = False) -> Command:
    """A value that was never there before, rather than one more: a lost key then brings nothing old back."""
    command: Command = ("SET", name, secrets.token_hex(8), "EX", _GENERATION_SECONDS)
    return (*command, "NX") if only_new else command
