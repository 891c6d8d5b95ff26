"""Which systems misbehave at the moment, and how."""

import itertools
from dataclasses import dataclass, field
from typing import Any

SYSTEMS = ("plextv", "plex", "overseerr", "uptime_kuma", "video")
KINDS = ("down", "delay", "status", "garbage", "truncated")
_MOST_DELAY_SECONDS = 600.0


class BadFault(ValueError):
    """The description of a fault makes no sense; the text says why."""


@dataclass
class Fault:
    """One way in which a system misbehaves, for every path or those that begin with `path`."""

    id: int
    system: str
    kind: str
    value: float | None = None
    path: str | None = None
    times: int | None = None
    retry_after: int | None = None
    seen: int = field(default=0)

    def document(self) -> dict[str, Any]:
        """The fault as the control API shows it; `seen` counts the calls it hit."""
        return dict(vars(self))

    def hits(self, system: str, path: str) -> bool:
        """Whether a call of this path in this system meets the fault."""
        return self.system == system and path.startswith(self.path or "/")


class Faults:
    """The faults that are switched on, in the order they were."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, document: dict[str, Any]) -> Fault:
        """Switch a fault on; raises BadFault when the description makes no sense."""
        fault = Fault(id=next(self._ids), **_checked(document))
        self._faults.append(fault)
        return fault

    def items(self) -> list[Fault]:
        """What is switched on."""
        return list(self._faults)

    def clear(self, system: str | None = None) -> None:
        """Switch off the faults of one system, or all."""
        self._faults = [fault for fault in self._faults if system is not None and fault.system != system]

    def take(self, system: str, path: str) -> list[Fault]:
        """The faults this call meets; those with a number of times lose one."""
        met = [fault for fault in self._faults if fault.hits(system, path)]
        for fault in met:
            fault.seen += 1
            if fault.times is not None:
                fault.times -= 1
        self._faults = [fault for fault in self._faults if fault.times is None or fault.times > 0]
        return met

    def peek(self, system: str, path: str) -> list[Fault]:
        """The faults a call would meet, without using them up."""
        return [fault for fault in self._faults if fault.hits(system, path)]


def _checked(document: dict[str, Any]) -> dict[str, Any]:
    unknown = set(document) - {"system", "kind", "value", "path", "times", "retry_after"}
    if unknown:
        raise BadFault(f"unknown member {sorted(unknown)[0]!r}")
    system, kind, value = document.get("system"), document.get("kind"), document.get("value")
    if system not in SYSTEMS:
        raise BadFault(f"system must be one of {', '.join(SYSTEMS)}")
    if kind not in KINDS:
        raise BadFault(f"kind must be one of {', '.join(KINDS)}")
    path = document.get("path")
    for name in ("times", "retry_after"):
        given = document.get(name)
        if given is not None and (not isinstance(given, int) or given < 1):
            raise BadFault(f"{name} must be a whole number above 0")
    if path is not None and not (isinstance(path, str) and path.startswith("/")):
        raise BadFault("path must begin with /")
    return {**document, "path": _within(system, path), "value": _value(kind, value)}


def _within(system: str, path: str | None) -> str | None:
    """The path as the system itself sees it, whether or not it was given with the system's own prefix."""
    prefix = f"/{system.replace('_', '-')}"
    if path is None or not (path == prefix or path.startswith(f"{prefix}/")):
        return path
    return path.removeprefix(prefix) or "/"


def _value(kind: str, value: object) -> float | None:
    if kind == "delay":
        if not isinstance(value, int | float) or not 0 <= value <= _MOST_DELAY_SECONDS:
            raise BadFault(f"a delay needs value: seconds from 0 to {_MOST_DELAY_SECONDS:.0f}")
        return float(value)
    if kind == "status":
        code = 500 if value is None else value
        if not isinstance(code, int) or not 200 <= code <= 599:
            raise BadFault("a status needs value: a code from 200 to 599")
        return code
    return None
