"""Names of files and folders. Folders come from our ids alone; a title is only ever part of a file's stem."""

import re
import unicodedata
from enum import StrEnum
from uuid import UUID


class Layout(StrEnum):
    """How files lie in the library."""

    VIDEOS = "videos"
    TV = "tv"


MEDIA_EXTENSIONS = frozenset({"mp4", "mkv", "webm", "m4a", "mp3", "opus"})
SUBTITLE = "subtitle."  # before the language, among an item's files
_LONGEST_TITLE_BYTES = 120  # a stem plus id and extension stays far below the 255 bytes a file name may have
_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REFUSED = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\[\]]')
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_text(text: object, *, longest: int = 500) -> str:
    """A stranger's text without control, format and bidirectional characters, blanks folded, cut to a length."""
    if not isinstance(text, str):
        return ""
    head = text[: longest * 4]
    visible = "".join(" " if c in "\n\r\t" else c for c in head if c in "\n\r\t" or not _is_invisible(c))
    return " ".join(visible.split())[:longest].strip()


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE


def plain_name(text: str, longest: int) -> str:
    """Safe on every file system; never begins or ends with a dot."""
    name = _REFUSED.sub(" ", unicodedata.normalize("NFC", clean_text(text)))
    return " ".join(name.encode()[:longest].decode(errors="ignore").split()).strip(". ")


def file_stem(title: str, video_id: str | None, item_id: UUID) -> str:
    """`Title [id]`, safe on every file system; the id is the site's when it is a plain one, else ours."""
    name = plain_name(title, _LONGEST_TITLE_BYTES)
    identity = video_id if video_id and _SAFE_ID.fullmatch(video_id) else item_id.hex[-12:]
    return f"{name or 'Video'} [{identity}]"


def user_folder(user_id: UUID) -> str:
    """Below the media folder."""
    return str(user_id)


def download_folder(user_id: UUID, download_id: UUID) -> str:
    """Below the media folder; one download owns it, so deleting the download is deleting the folder."""
    return f"{user_folder(user_id)}/{download_id}"
