"""Which pictures we serve, at which widths, and under which address."""

import re

WIDTHS = (154, 342, 500, 780, 1280)
"""The widths pictures are made in, in pixels; a few, so that the same picture is asked for again."""

_TMDB_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}\.(?:jpg|png|webp)")
_TMDB_SIZES = {
    "poster": {154: "w154", 342: "w342", 500: "w500", 780: "w780", 1280: "original"},
    "backdrop": {154: "w300", 342: "w780", 500: "w780", 780: "w780", 1280: "w1280"},
}


def picture_url(kind: str, path: str | None) -> str | None:
    """Our own address of a picture; None for none."""
    return None if path is None else f"/api/v1/media/artwork/{kind}{path}"


def width_for(wanted: int) -> int:
    """The smallest of our widths that is enough."""
    return next((width for width in WIDTHS if width >= wanted), WIDTHS[-1])


def tmdb_size(kind: str, width: int) -> str:
    """TMDB's name of the smallest picture from which this width can be made."""
    return _TMDB_SIZES[kind][width]


def is_tmdb_name(name: str) -> bool:
    return _TMDB_NAME.fullmatch(name) is not None
