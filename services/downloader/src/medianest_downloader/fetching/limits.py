"""Limits the child puts on itself before it imports anything that reads strangers' data."""

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_OPEN_FILES = 512
_NICE = 10


def confine(*, memory_bytes: int, file_bytes: int) -> None:
    """Bound memory, file size and open files, lower the priority, die with the parent.

    RLIMIT_DATA, not RLIMIT_AS: a JavaScript engine reserves far more address space than it ever uses.
    """
    _set(resource.RLIMIT_DATA, memory_bytes)
    _set(resource.RLIMIT_FSIZE, file_bytes)
    _set(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _set(resource.RLIMIT_CORE, 0)
    os.nice(_NICE)
    os.umask(0o022)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _set(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (limit, limit))
