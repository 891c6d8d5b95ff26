"""How single videos misbehave."""

from dataclasses import dataclass
from typing import Any

KINDS = (
    "status", "short", "reset", "stall", "throttle", "no-range", "wrong-length", "wrong-type", "endless", "private",
    "html", "bomb",
)  # fmt: skip
_NEED_VALUE = {"status", "throttle"}


class BadSwitch(ValueError):
    """The description of a switch makes no sense; the text says why."""


@dataclass
class Switch:
    """One way of misbehaving. `value` is a status, a number of bytes, or bytes a second, as the kind has it."""

    kind: str
    value: int | None = None
    times: int | None = None
    where: str = "file"
    retry_after: int | None = None

    def document(self) -> dict[str, Any]:
        """The switch as the control API shows it."""
        return dict(vars(self))


class Switches:
    """The switches by video id; `*` stands for every video."""

    def __init__(self) -> None:
        self._switches: dict[str, list[Switch]] = {}

    def add(self, video_id: str, document: dict[str, Any]) -> Switch:
        """Switch something on; raises BadSwitch."""
        switch = _checked(document)
        self._switches.setdefault(video_id, []).append(switch)
        return switch

    def clear(self, video_id: str | None = None) -> None:
        """Switch off what is on for one video, or all."""
        if video_id is None:
            self._switches.clear()
        else:
            self._switches.pop(video_id, None)

    def take(self, video_id: str, where: str) -> dict[str, Switch]:
        """What this call meets, by kind; switches with a number of times lose one."""
        met: dict[str, Switch] = {}
        for key in (video_id, "*"):
            for switch in self._switches.get(key, []):
                if switch.where == where and switch.times != 0:
                    met.setdefault(switch.kind, switch)
        for switch in met.values():
            if switch.times is not None:
                switch.times -= 1
        return met

    def items(self) -> dict[str, list[dict[str, Any]]]:
        """What is switched on."""
        return {key: [each.document() for each in switches] for key, switches in self._switches.items()}


def _checked(document: dict[str, Any]) -> Switch:
    unknown = set(document) - set(Switch.__dataclass_fields__)
    if unknown:
        raise BadSwitch(f"unknown member {sorted(unknown)[0]!r}")
    kind = document.get("kind")
    if kind not in KINDS:
        raise BadSwitch(f"kind must be one of {', '.join(KINDS)}")
    for name in ("value", "times", "retry_after"):
        given = document.get(name)
        if given is not None and (not isinstance(given, int) or given < 0):
            raise BadSwitch(f"{name} must be a whole number from 0")
    if kind in _NEED_VALUE and not document.get("value"):
        raise BadSwitch(f"{kind} needs a value")
    where = document.get("where", "page" if kind == "private" else "file")
    if where not in {"file", "page", "subtitles"}:
        raise BadSwitch("where must be file, page or subtitles")
    return Switch(**(document | {"where": where}))
