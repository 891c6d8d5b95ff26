"""Paths as Plex sees them: it may run elsewhere, and on another system."""

from collections.abc import Iterable


def plex_path(media_dir: str, relative: str) -> str:
    """A path below the media folder, in the way Plex writes paths there."""
    separator = "\\" if "\\" in media_dir and "/" not in media_dir else "/"
    return separator.join((media_dir.rstrip("/\\"), *relative.split("/")))


def is_same_file(seen: str, relative: str) -> bool:
    """Whether a file Plex names is the one below our media folder; ids in its folders make the tail unique."""
    return seen.replace("\\", "/").endswith("/" + relative)


def holder(locations: Iterable[str], folder: str) -> str | None:
    """Which of a library's folders reads what lies in this one."""
    inside = folder.replace("\\", "/").rstrip("/") + "/"
    return next(
        (each for each in locations if each and inside.startswith(each.replace("\\", "/").rstrip("/") + "/")), None
    )


def holds(locations: Iterable[str], folder: str) -> bool:
    """Whether a library with these folders reads what lies in this one."""
    return holder(locations, folder) is not None
