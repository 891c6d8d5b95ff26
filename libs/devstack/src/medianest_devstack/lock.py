"""One run at a time in a project: a lock that the kernel frees when its holder dies."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from medianest_devstack.errors import DevstackError

_TRIES = 4


class AlreadyRunningError(DevstackError):
    """Another runner holds the lock."""


class RunLock:
    """Held for the life of a run; the file tells who holds it, the lock whether anybody does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def __enter__(self) -> Self:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not any(_taken(handle) for _ in range(_TRIES)):
            pid = os.pread(handle, 32, 0).decode().strip()
            os.close(handle)
            raise AlreadyRunningError(
                f"MediaNest already runs from this folder (process {pid or 'unknown'}): end it with `make stop` first."
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def holder(path: Path) -> int | None:
    """Return the process that holds the lock now, None when nobody does."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(handle, 32, 0).decode().strip()
        return int(text) if text.isdigit() else None
    else:
        return None
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    """Take the lock; wait a moment when it is not free, since somebody may just be asking who holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(0.05)
        return False
    return True
