"""Remembers what was asked of each system, so that a test can say what was and what was not called."""

from collections import deque
from datetime import UTC, datetime
from typing import Any

KEPT_PER_SYSTEM = 2_000
KEPT_BODY_BYTES = 64 * 1024


class CallLog:
    """The newest calls of each system, with their answers' status. Redacts nothing: this is a test tool."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[dict[str, Any]]] = {}

    def add(self, system: str, call: dict[str, Any]) -> None:
        """Note a call; the oldest one of the system goes when there are too many."""
        self._calls.setdefault(system, deque(maxlen=KEPT_PER_SYSTEM)).append(call)

    def items(self, system: str | None = None) -> list[dict[str, Any]]:
        """The calls of one system, or of all by time, oldest first."""
        if system is not None:
            return list(self._calls.get(system, ()))
        return sorted((call for calls in self._calls.values() for call in calls), key=lambda call: str(call["time"]))

    def clear(self, system: str | None = None) -> None:
        """Forget the calls of one system, or all."""
        if system is None:
            self._calls.clear()
        else:
            self._calls.pop(system, None)


def describe(system: str, path: str, scope: dict[str, Any], body: bytes) -> dict[str, Any]:
    """A call as it is kept: `path` is the one within the system, without the query."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "system": system,
        "method": scope["method"],
        "path": path,
        "query": scope["query_string"].decode("latin-1"),
        "headers": {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        "body": body[:KEPT_BODY_BYTES].decode("utf-8", "replace"),
        "status": None,
    }
