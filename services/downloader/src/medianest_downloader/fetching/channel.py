"""The pipe between a child and its parent: JSON lines out, JSON lines in, and a leash that ends a forgotten child.

Out: `{"e": "listing"|"entry"|"about"|"progress"|"done"|"skipped"|"failed", …}`. In: the job first, then
`{"lease": seconds}` and `{"answer": "go"|"skip"}`. When the lease runs out or the input ends, the child kills its
whole process group, ffmpeg included: a parent that is stopped, cut off or dead can never leave a writer behind.
"""

import json
import os
import select
import signal
import threading
import time
from collections.abc import Mapping
from typing import Any

LONGEST_LINE = 64 * 1024
_INPUT = 0


class Channel:
    """Takes standard output for itself; whatever else prints goes to standard error."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def send(self, event: str, **data: Any) -> None:
        text = json.dumps({"e": event, **data}, separators=(",", ":"), ensure_ascii=False)
        line = text.encode(errors="replace") + b"\n"
        if len(line) > LONGEST_LINE:
            raise ValueError("event too long")
        with self._lock:
            while line:
                line = line[os.write(self._out, line) :]


class Lines:
    """Complete lines of standard input, read past Python's buffering so that a wait can have an end."""

    def __init__(self) -> None:
        self._rest = b""

    def next(self, timeout: float) -> bytes | None:
        """The next line; None when the time is over. Raises EOFError when the parent has gone."""
        until = time.monotonic() + timeout
        while b"\n" not in self._rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([_INPUT], [], [], left)[0]:
                return None
            chunk = os.read(_INPUT, 65536)
            if not chunk:
                raise EOFError
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line


class Leash:
    """Obeys the parent in a thread of its own from `start` on."""

    def __init__(self, lines: Lines, seconds: float) -> None:
        self._lines = lines
        self._until = time.monotonic() + seconds
        self._answer: str | None = None
        self._answered = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._obey, name="leash", daemon=True).start()

    def answer(self) -> str:
        """Wait for the parent's answer to what was sent last; the lease bounds the wait."""
        self._answered.wait()
        return self._answer or "skip"

    def _obey(self) -> None:
        while True:
            try:
                line = self._lines.next(max(0.0, self._until - time.monotonic()))
            except (EOFError, OSError):
                line = None
            if line is None:
                end_group()
                return
            self._take(json.loads(line))

    def _take(self, told: Mapping[str, Any]) -> None:
        if "lease" in told:
            self._until = time.monotonic() + float(told["lease"])
        if "answer" in told:
            self._answer = str(told["answer"])
            self._answered.set()


def end_group() -> None:
    """Kill this process with everything it started; alone when it does not lead a group of its own."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(137)
