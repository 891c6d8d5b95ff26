"""Which positions of a playlist are wanted, written as "1-20,25,30-"."""

import re

_PART = re.compile(r"(\d{1,6})(?:(-)(\d{1,6})?)?")
_MOST_PARTS = 100

Spans = tuple[tuple[int, int | None], ...]
"""First and last position, both included; no last one: to the end."""


class BadRange(ValueError):
    """The text is for the user."""


def parse_range(text: str) -> Spans:
    """Raises BadRange with the part that is wrong."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > _MOST_PARTS:
        raise BadRange(f"Give at most {_MOST_PARTS} parts.")
    return tuple(_span(part) for part in parts)


def _span(part: str) -> tuple[int, int | None]:
    found = _PART.fullmatch(part)
    if found is None:
        raise BadRange(f'"{part[:20]}" is not a position like 25, or a range like 1-20 or 30-.')
    first = int(found[1])
    last = int(found[3]) if found[3] else None if found[2] else first
    if first < 1:
        raise BadRange("Positions begin with 1.")
    if last is not None and last < first:
        raise BadRange(f'"{part}" ends before it begins.')
    return first, last


def holds(spans: Spans, position: int) -> bool:
    return any(first <= position and (last is None or position <= last) for first, last in spans)
