"""The built web client, read once: its files by their paths, compressed, and the one page for every other address."""

import gzip
import hashlib
import mimetypes
import re
from pathlib import Path
from typing import Final

import structlog

_log = structlog.get_logger(__name__)

_HASHED: Final = re.compile(r"/assets/.+[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
_IMMUTABLE: Final = b"public, max-age=31536000, immutable"
_ASK_AGAIN: Final = b"no-cache"
_COMPRESSIBLE: Final = ("text/", "application/javascript", "application/json", "application/manifest", "image/svg")
_WORTH_COMPRESSING: Final = 1024
_READY_MADE: Final = {".br": b"br", ".gz": b"gzip"}
_TYPES: Final = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".mjs": "text/javascript"}
_LARGEST: Final = 16 * 1024 * 1024


class File:
    """One file with its compressed forms; gzip is made when it is first asked for, if it was not built."""

    def __init__(self, path: str, content: bytes, ready_made: dict[bytes, bytes]) -> None:
        kind = _TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
        is_text = kind.startswith(_COMPRESSIBLE)
        self.content_type = f"{kind}; charset=utf-8".encode() if is_text else kind.encode()
        self.cache_control = _IMMUTABLE if _HASHED.search(path) else _ASK_AGAIN
        self.etag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'.encode()
        self._content = content
        self._forms = ready_made
        self._can_gzip = is_text and len(content) >= _WORTH_COMPRESSING

    def best(self, accepted: str) -> tuple[bytes, bytes]:
        """Encoding (empty for none) and bytes of the smallest form the caller takes."""
        if "br" in accepted and b"br" in self._forms:
            return b"br", self._forms[b"br"]
        if "gzip" not in accepted or not (self._can_gzip or b"gzip" in self._forms):
            return b"", self._content
        if b"gzip" not in self._forms:
            self._forms[b"gzip"] = gzip.compress(self._content, 9, mtime=0)
        return b"gzip", self._forms[b"gzip"]


class WebClient:
    """Found by a look into a table: no path from outside ever reaches the file system."""

    def __init__(self, folder: Path | None) -> None:
        self._files: dict[str, File] = {}
        self._page: File | None = None
        if folder is not None and folder.is_dir():
            self._files = _read(folder)
            self._page = self._files.get("/index.html")
        if self._page is None:
            _log.warning("web_client_missing", folder=str(folder))

    def find(self, path: str) -> File | None:
        """A file, or the page for an address of the client's own; None for a file that is not there."""
        file = self._files.get(path)
        if file is not None:
            return file
        last = path.rpartition("/")[2]
        return None if "." in last or path.startswith("/assets/") else self._page


def _read(folder: Path) -> dict[str, File]:
    root = folder.resolve()
    paths = [path for path in sorted(root.rglob("*")) if path.is_file() and path.resolve().is_relative_to(root)]
    found: dict[str, File] = {}
    for path in paths:
        if path.suffix in _READY_MADE and path.with_suffix("") in paths:
            continue
        if path.stat().st_size > _LARGEST:
            continue
        ready = {name: path.with_name(path.name + suffix) for suffix, name in _READY_MADE.items()}
        forms = {name: form.read_bytes() for name, form in ready.items() if form.is_file()}
        name = "/" + path.relative_to(root).as_posix()
        found[name] = File(name, path.read_bytes(), forms)
    return found
