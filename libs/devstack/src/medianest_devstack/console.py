"""The lines of every process, each with its name in front: to the terminal, and to a bounded file in the background."""

import os
import sys
import threading
from collections.abc import Mapping
from io import TextIOBase
from pathlib import Path
from typing import Protocol, TextIO

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
_NAME_WIDTH = 12
_FILE_BYTES = 10 * 1024 * 1024


class Output(Protocol):
    """What lines are written to."""

    def write(self, text: str, /) -> int: ...

    def flush(self) -> None: ...


def wants_colour(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Colour is for terminals whose owner did not refuse it."""
    return stream.isatty() and not environ.get("NO_COLOR")


class Console:
    """Prints lines of many writers without mixing them; a terminal that went away never stops the work."""

    def __init__(self, stream: Output = sys.stdout, *, colour: bool = False) -> None:
        self._stream = stream
        self._colour = colour
        self._colours: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def is_terminal(self) -> bool:
        """Whether a person sees what is printed and no file keeps it."""
        return isinstance(self._stream, TextIOBase) and self._stream.isatty()

    def line(self, name: str, text: str) -> None:
        """Print one line of a process."""
        self._print(f"{self._prefix(name)} {text}")

    def say(self, text: str = "") -> None:
        """Print something of the runner's own."""
        self._print(text)

    def _prefix(self, name: str) -> str:
        padded = f"{name:<{_NAME_WIDTH}}|"
        if not self._colour:
            return padded
        colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
        return f"\x1b[{colour}m{padded}\x1b[0m"

    def _print(self, text: str) -> None:
        with self._lock:
            try:
                self._stream.write(text + "\n")
                self._stream.flush()
            except (OSError, ValueError):  # the terminal was closed, or the disk is full: what runs goes on
                return


class RotatingStream:
    """A text stream into a file that is renamed to `.1` at 10 MiB, so that a long run cannot fill the disk."""

    def __init__(self, path: Path, limit: int = _FILE_BYTES) -> None:
        self._path = path
        self._limit = limit
        self._file = self._open()

    def write(self, text: str) -> int:
        if self._file.tell() > self._limit:
            self._file.close()
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            self._file = self._open()
        return self._file.write(text)

    def flush(self) -> None:
        self._file.flush()

    def _open(self) -> TextIO:
        return os.fdopen(os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8")
