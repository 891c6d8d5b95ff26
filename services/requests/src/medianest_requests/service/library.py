"""The Plex library for one user: fresh for a minute, and while Plex is away the last good answer of seven days."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from medianest_common.clock import Clock
from medianest_common.tokens import Caller
from medianest_requests.clients.plex import PlexClient
from medianest_requests.domain.connections import Connection
from medianest_requests.domain.library import Item, Section, Shelf
from medianest_requests.errors import BadCursor, LibraryNotShared
from medianest_requests.repository.answers import AnswerStore
from medianest_requests.service.access import PlexAccesses
from medianest_requests.service.keeping import Answer, Keeper

T = TypeVar("T")

_FRESH = timedelta(minutes=1)
_GOOD = timedelta(days=7)
_MOST_SECTIONS = 20


@dataclass(frozen=True)
class ShelfPage:
    """A page of a list; `next_start` is where the following one begins."""

    answer: Answer[Shelf]
    next_start: int | None


class Library:
    def __init__(self, plex: PlexClient, accesses: PlexAccesses, store: AnswerStore, clock: Clock) -> None:
        self._plex = plex
        self._accesses = accesses
        self._sections: Keeper[tuple[Section, ...]] = Keeper(
            tuple[Section, ...], store, clock, fresh_for=_FRESH, good_for=_GOOD
        )
        self._shelves: Keeper[Shelf] = Keeper(Shelf, store, clock, fresh_for=_FRESH, good_for=_GOOD)

    async def sections(self, caller: Caller) -> Answer[tuple[Section, ...]]:
        async def ask() -> tuple[Section, ...]:
            return await self._as(caller, self._plex.sections)

        return await self._sections.get("plex:sections", ask, scope=caller.user_id)

    async def items(self, caller: Caller, section: str, limit: int, cursor: str | None) -> ShelfPage:
        async def ask(at: Connection, start: int) -> Shelf:
            return await self._plex.items(at, section, start, limit)

        return await self._page(caller, f"items:{section}", ask, limit, cursor)

    async def recently_added(self, caller: Caller, limit: int, cursor: str | None) -> ShelfPage:
        async def ask(at: Connection, start: int) -> Shelf:
            return await self._plex.recently_added(at, start, limit)

        return await self._page(caller, "recent", ask, limit, cursor)

    async def search(self, caller: Caller, query: str, limit: int) -> ShelfPage:
        words = " ".join("".join(c if c.isprintable() else " " for c in query).split())

        async def ask() -> Shelf:
            found = await self._as(caller, lambda at: self._plex.search(at, words, limit)) if words else Shelf((), 0)
            return Shelf(found.items[:limit], found.total)

        answer = await self._shelves.get(f"plex:search:{limit}:{words.casefold()}", ask, scope=caller.user_id)
        return ShelfPage(answer, None)

    async def collections(self, caller: Caller, section: str | None, limit: int, cursor: str | None) -> ShelfPage:
        async def ask(at: Connection, start: int) -> Shelf:
            if section is not None:
                return await self._plex.collections(at, section, start, limit)
            return await self._all_collections(caller, at, start, limit)

        return await self._page(caller, f"collections:{section or 'all'}", ask, limit, cursor)

    def forget(self, user_id: UUID) -> None:
        """Drop what is held in memory for a user."""
        self._sections.forget_scope(user_id)
        self._shelves.forget_scope(user_id)

    async def _all_collections(self, caller: Caller, at: Connection, start: int, limit: int) -> Shelf:
        """Plex lists collections by library only; ours are few, so one list is put together from their beginnings."""
        sections = (await self.sections(caller)).value[:_MOST_SECTIONS]
        shelves = [await self._plex.collections(at, section.key, 0, start + limit) for section in sections]
        every: list[Item] = sorted((item for shelf in shelves for item in shelf.items), key=lambda item: item.title)
        total = sum(shelf.total if shelf.total is not None else len(shelf.items) for shelf in shelves)
        return Shelf(tuple(every[start : start + limit]), total)

    async def _page(
        self,
        caller: Caller,
        name: str,
        ask: Callable[[Connection, int], Awaitable[Shelf]],
        limit: int,
        cursor: str | None,
    ) -> ShelfPage:
        start = _start(cursor)

        async def shelf() -> Shelf:
            return await self._as(caller, lambda at: ask(at, start))

        answer = await self._shelves.get(f"plex:{name}:{limit}:{start}", shelf, scope=caller.user_id)
        return ShelfPage(answer, _next_start(answer.value, start, limit))

    async def _as(self, caller: Caller, ask: Callable[[Connection], Awaitable[T]]) -> T:
        """Ask as the caller; a token that was good before and is refused now is fetched anew, once."""
        try:
            return await ask(await self._accesses.of(caller))
        except LibraryNotShared:
            self._accesses.forget(caller.user_id)
            return await ask(await self._accesses.of(caller))


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 8):
        raise BadCursor("This cursor is not one of ours. Begin at the first page.")
    return int(cursor)


def _next_start(shelf: Shelf, start: int, limit: int) -> int | None:
    """Plex may send fewer than asked for, so the next page begins after what came."""
    end = start + len(shelf.items)
    more = end < shelf.total if shelf.total is not None else len(shelf.items) >= limit
    return end if more and shelf.items else None
