"""Titles and library items as bodies."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from medianest_requests.domain.library import Item, Section
from medianest_requests.domain.pictures import picture_url
from medianest_requests.domain.quotas import Quota
from medianest_requests.domain.titles import Asked, Title, merged_availability, refusal, season_availability
from medianest_requests.schemas import LibraryItem, LibraryPage, LibrarySection, LibrarySections
from medianest_requests.service.catalogue import Found, FoundTitle
from medianest_requests.service.keeping import Answer
from medianest_requests.service.library import ShelfPage


def page_body(found: Found) -> dict[str, Any]:
    page = found.answer.value
    return {
        "items": [
            _summary(title, found.asked.get(title.key, ()), found.quotas[title.media_type], found.user_id)
            for title in page.items
        ],
        "page": page.page,
        "total_pages": page.total_pages,
        "total_results": page.total_results,
        **_age(found.answer),
    }


def detail_body(found: FoundTitle) -> dict[str, Any]:
    title, quota = found.answer.value, found.quota
    return {
        **_summary(title, found.asked, quota, found.user_id),
        "runtime": title.runtime,
        "genres": title.genres,
        "seasons": _seasons(title, found.asked),
        "quota": {"used": quota.used, "limit": quota.limit, "resets_at": quota.resets_at},
        **_age(found.answer),
    }


def _age(answer: Answer[Any]) -> dict[str, Any]:
    return {"as_of": answer.as_of, "stale": answer.stale}


def _summary(title: Title, asked: Sequence[Asked], quota: Quota, user_id: UUID) -> dict[str, Any]:
    own = next((request for request in reversed(asked) if request.user_id == user_id), None)
    because = refusal(title, asked, user_id)
    if because is None and not quota.leaves(1):
        because = f"You have used {quota.used} of {quota.limit}."
    return {
        "media_type": title.media_type,
        "tmdb_id": title.tmdb_id,
        "title": title.title,
        "year": title.year,
        "overview": title.overview,
        "poster_url": picture_url("poster", title.poster_path),
        "backdrop_url": picture_url("backdrop", title.backdrop_path),
        "vote_average": title.vote_average,
        "availability": merged_availability(title, asked),
        "request": None if own is None else {"id": own.id, "status": own.status},
        "allowed": {"request": {"ok": True} if because is None else {"ok": False, "because": because}},
    }


def _seasons(title: Title, asked: Sequence[Asked]) -> list[dict[str, Any]]:
    return [
        {
            "season_number": season.season_number,
            "name": season.name,
            "episode_count": season.episode_count,
            "air_date": season.air_date,
            "availability": season_availability(season, asked),
            "requested": any(season.season_number in request.seasons or not request.seasons for request in asked),
        }
        for season in title.seasons
    ]


def library_sections(answer: Answer[tuple[Section, ...]]) -> LibrarySections:
    items = [LibrarySection(key=section.key, type=section.type, title=section.title) for section in answer.value]
    return LibrarySections(items=items, next_cursor=None, as_of=answer.as_of, stale=answer.stale)


def library_page(page: ShelfPage) -> LibraryPage:
    shelf = page.answer.value
    return LibraryPage(
        items=[_item(item) for item in shelf.items],
        next_cursor=None if page.next_start is None else str(page.next_start),
        total=shelf.total,
        as_of=page.answer.as_of,
        stale=page.answer.stale,
    )


def _item(item: Item) -> LibraryItem:
    return LibraryItem(
        id=item.id,
        type=item.type,
        title=item.title,
        year=item.year,
        summary=item.summary,
        thumb_url=picture_url("plex", item.thumb),
        art_url=picture_url("plex", item.art),
        added_at=item.added_at,
        duration=item.duration,
        tmdb_id=item.tmdb_id,
        parent_title=item.parent_title,
        section_key=item.section_key,
        child_count=item.child_count,
    )
