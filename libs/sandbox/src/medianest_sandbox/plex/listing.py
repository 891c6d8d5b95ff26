"""Filters, order and pages of lists, from the query and the headers of a call."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request

from medianest_sandbox.plex.library import TYPE_NUMBERS, Item

MOST_PER_PAGE = 200
_TYPE_NAMES = {str(number): name for name, number in TYPE_NUMBERS.items()}
_FILTER = re.compile(r"^(title|year|addedAt|updatedAt|guid)(!|>>|<<|>|<|)$")


@dataclass(frozen=True)
class Page:
    """Where a page starts and how many entries it may hold; a size of None means as many as the server gives."""

    start: int
    size: int | None

    @classmethod
    def of(cls, request: Request) -> "Page":
        """The page that a call asks for, by header or query; nonsense counts as not given."""
        return cls(_number(request, "X-Plex-Container-Start") or 0, _number(request, "X-Plex-Container-Size"))

    def cut(self, items: list[Item]) -> list[Item]:
        """The items of this page."""
        size = MOST_PER_PAGE if self.size is None else min(self.size, MOST_PER_PAGE)
        return items[self.start : self.start + size]


def _number(request: Request, name: str) -> int | None:
    given = request.headers.get(name) or request.query_params.get(name) or ""
    return int(given) if given.isdigit() else None


def type_name(number: str | None) -> str | None:
    """`movie` for 1 and so on; None when not given or unknown."""
    return _TYPE_NAMES.get(number or "")


def chosen(items: Iterable[Item], request: Request) -> list[Item]:
    """The items that pass the filters in the query, in the order it asks for."""
    tests = [test for name, value in request.query_params.multi_items() if (test := _test(name, value))]
    found = [item for item in items if all(test(item) for test in tests)]
    return _ordered(found, request.query_params.get("sort", "titleSort"))


def _test(name: str, value: str) -> Callable[[Item], bool] | None:
    matched = _FILTER.match(name)
    if matched is None:
        return None
    field, operator = matched.groups()
    if field == "title":
        return lambda item: (value.casefold() in item.title.casefold()) != (operator == "!")
    if field == "guid":
        return lambda item: value == item.guid or value in item.guids
    return lambda item: _compares(_figure(item, field), operator, value)


def _figure(item: Item, field: str) -> int:
    return {"year": item.year or 0, "addedAt": item.added_at, "updatedAt": item.updated_at}[field]


def _compares(figure: int, operator: str, value: str) -> bool:
    """The query `addedAt>>=5` arrives as the name `addedAt>>` and the value 5, `addedAt>=5` as `addedAt>`."""
    if not value.lstrip("-").isdigit():
        return False
    limit = int(value)
    return {
        "": figure == limit,
        "!": figure != limit,
        ">>": figure > limit,
        ">": figure >= limit,
        "<<": figure < limit,
        "<": figure <= limit,
    }[operator]


def _ordered(items: list[Item], sort: str) -> list[Item]:
    name, _, direction = sort.partition(",")[0].partition(":")
    return sorted(items, key=lambda item: (_sort_key(item, name), int(item.key)), reverse=direction == "desc")


def _sort_key(item: Item, name: str) -> tuple[float, str]:
    figures: dict[str, float | None] = {
        "addedAt": item.added_at,
        "updatedAt": item.updated_at,
        "year": item.year,
        "rating": item.rating,
        "duration": item.duration,
    }
    if name in figures:
        return figures[name] or 0, ""
    return 0, (item.date or "") if name == "originallyAvailableAt" else item.title.casefold().removeprefix("the ")
