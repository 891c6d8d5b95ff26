"""Search, discovery and titles: what Overseerr says, merged with what was asked for here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from medianest_common.clock import Clock
from medianest_common.contracts.requests import MediaType
from medianest_common.errors import Invalid
from medianest_requests.clients.overseerr import OverseerrClient
from medianest_requests.domain.quotas import Quota
from medianest_requests.domain.steps import LIVE
from medianest_requests.domain.titles import Asked, Page, Title, TitleKey
from medianest_requests.repository.answers import AnswerStore
from medianest_requests.repository.work import NewWork
from medianest_requests.service.keeping import Answer, Keeper
from medianest_requests.service.quotas import Quotas

_FRESH = timedelta(minutes=1)
_LISTS_FRESH = timedelta(minutes=10)
_GOOD = timedelta(days=30)


@dataclass(frozen=True)
class Found:
    """A page of titles for one user."""

    answer: Answer[Page]
    asked: dict[TitleKey, list[Asked]]
    quotas: dict[MediaType, Quota]
    user_id: UUID


@dataclass(frozen=True)
class FoundTitle:
    """One title for one user."""

    answer: Answer[Title]
    asked: Sequence[Asked]
    quota: Quota
    user_id: UUID


class Catalogue:
    def __init__(
        self, overseerr: OverseerrClient, store: AnswerStore, work: NewWork, quotas: Quotas, clock: Clock
    ) -> None:
        self._overseerr = overseerr
        self._work = work
        self._quotas = quotas
        self._searches: Keeper[Page] = Keeper(Page, store, clock, fresh_for=_FRESH, good_for=_GOOD)
        self._lists: Keeper[Page] = Keeper(Page, store, clock, fresh_for=_LISTS_FRESH, good_for=_GOOD)
        self._titles: Keeper[Title] = Keeper(Title, store, clock, fresh_for=_FRESH, good_for=_GOOD)

    async def search(self, query: str, page: int, user_id: UUID) -> Found:
        words = " ".join("".join(c if c.isprintable() else " " for c in query).split())
        if not words:
            raise Invalid("Say what to search for.")
        answer = await self._searches.get(
            f"search:{page}:{words.casefold()}", lambda: self._overseerr.search(words, page)
        )
        return await self._for_user(answer, user_id)

    async def discover(self, kind: str, page: int, user_id: UUID) -> Found:
        answer = await self._lists.get(f"discover:{kind}:{page}", lambda: self._overseerr.discover(kind, page))
        return await self._for_user(answer, user_id)

    async def detail(self, media_type: MediaType, tmdb_id: int, user_id: UUID) -> FoundTitle:
        answer = await self.title(media_type, tmdb_id)
        async with self._work() as work:
            asked = await work.requests.asked([answer.value.key], LIVE)
            quotas = await self._quotas.of(work, user_id)
        return FoundTitle(answer, asked.get(answer.value.key, []), quotas[media_type], user_id)

    async def title(self, media_type: MediaType, tmdb_id: int) -> Answer[Title]:
        """What Overseerr knows of one title, or knew last."""
        key = _title_key(media_type, tmdb_id)
        return await self._titles.get(key, lambda: self._overseerr.title(media_type, tmdb_id))

    def changed(self, media_type: MediaType, tmdb_id: int) -> None:
        """Something happened to this title in Overseerr: ask anew."""
        self._titles.forget(_title_key(media_type, tmdb_id))

    async def _for_user(self, answer: Answer[Page], user_id: UUID) -> Found:
        async with self._work() as work:
            asked = await work.requests.asked([title.key for title in answer.value.items], LIVE)
            quotas = await self._quotas.of(work, user_id)
        return Found(answer, asked, quotas, user_id)


def _title_key(media_type: MediaType, tmdb_id: int) -> str:
    return f"title:{media_type.value}:{tmdb_id}"
