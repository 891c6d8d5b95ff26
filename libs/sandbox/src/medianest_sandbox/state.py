"""Keeps what must outlive the process: small JSON documents in one folder, each replaced as a whole."""

import os
import tempfile
from pathlib import Path
from typing import Any

import orjson


class StateFolder:
    """Named JSON documents. Without a folder, saving does nothing and loading finds nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def load(self, name: str) -> Any:  # the shape is the caller's own, as it saved it
        """The document last saved under this name; None when there is none or it is not JSON."""
        if self._folder is None:
            return None
        try:
            return orjson.loads((self._folder / f"{name}.json").read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None

    def save(self, name: str, document: object) -> None:
        """Replace the document; a reader or a crash sees the old one or the new one, never a half."""
        if self._folder is None:
            return
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=f".{name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2))
            Path(temporary).replace(self._folder / f"{name}.json")
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def cache_folder(self) -> Path:
        """A folder for files that can be made again; beside the documents, or one that goes with this object."""
        if self._folder is None:
            self._temporary = self._temporary or tempfile.TemporaryDirectory(prefix="medianest-sandbox-")
            return Path(self._temporary.name)
        cache = self._folder / "cache"
        cache.mkdir(exist_ok=True)
        return cache
