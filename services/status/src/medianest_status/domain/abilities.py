"""What a person can do now, and the one sentence about it, made from the health of what each deed needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from medianest_common.contracts.status import IntegrationKind, ServiceHealth

_CORE = (IntegrationKind.PLEX, IntegrationKind.OVERSEERR)
_AS_USUAL = "You can watch, ask and download as usual."
_AWAY = (ServiceHealth.DOWN, ServiceHealth.MAINTENANCE, ServiceHealth.UNKNOWN)
_WORST_FIRST = (
    ServiceHealth.DOWN,
    ServiceHealth.DEGRADED,
    ServiceHealth.MAINTENANCE,
    ServiceHealth.UNKNOWN,
    ServiceHealth.UP,
)


@dataclass(frozen=True)
class Standing:
    """How one service stands; `until` is the end of its maintenance."""

    service_id: str
    name: str
    kind: IntegrationKind
    health: ServiceHealth
    since: datetime
    message: str | None = None
    behind: str | None = None
    until: datetime | None = None
    key_refused: bool = False
    monitor: bool = False
    """One of Uptime Kuma's, beside what people use here."""


@dataclass(frozen=True)
class Pause:
    """Downloads are held back, for everybody."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Ability:
    ok: bool = True
    because: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def _of_kind(standings: Sequence[Standing], kind: IntegrationKind) -> Standing | None:
    return next((one for one in standings if one.kind is kind), None)


def _reason(one: Standing) -> str:
    if one.health is ServiceHealth.DOWN:
        return f"{one.name} is down."
    if one.health is ServiceHealth.MAINTENANCE:
        return f"{one.name} is being worked on."
    return f"We cannot see {one.name} right now."


def _hindered(one: Standing, then: str = "") -> Ability:
    return Ability(False, f"{_reason(one)} {then}".strip(), one.since, one.until)


def _watch(plex: Standing | None) -> Ability:
    if plex is None:
        return Ability(False, "Plex is not connected yet.")
    return _hindered(plex, "You cannot watch now.") if plex.health in _AWAY else Ability()


def _browse(plex: Standing | None, overseerr: Standing | None) -> Ability:
    there = [one for one in (plex, overseerr) if one is not None]
    if not there:
        return Ability(False, "Neither Plex nor Overseerr is connected yet.")
    if any(one.health not in _AWAY for one in there):
        return Ability()
    reasons = " ".join(_reason(one) for one in there)
    return Ability(False, f"{reasons} You see what was known before.", max(one.since for one in there))


def _request(overseerr: Standing | None) -> Ability:
    if overseerr is None:
        return Ability(False, "Overseerr is not connected yet.")
    if overseerr.key_refused and overseerr.health is ServiceHealth.DEGRADED:
        return Ability(False, f"{overseerr.name} does not let us in. New requests wait.", overseerr.since)
    return _hindered(overseerr, "New requests wait.") if overseerr.health in _AWAY else Ability()


def _download(pause: Pause | None) -> Ability:
    if pause is None:
        return Ability()
    return Ability(False, "Downloads pause and go on by themselves.", pause.since, pause.until)


def abilities(standings: Sequence[Standing], pause: Pause | None) -> dict[str, Ability]:
    """`watch`, `browse`, `request` and `download`, each possible or with the reason why not."""
    plex = _of_kind(standings, IntegrationKind.PLEX)
    overseerr = _of_kind(standings, IntegrationKind.OVERSEERR)
    return {
        "watch": _watch(plex),
        "browse": _browse(plex, overseerr),
        "request": _request(overseerr),
        "download": _download(pause),
    }


def headline(standings: Sequence[Standing], can: Mapping[str, Ability], *, stale: bool) -> dict[str, Any]:
    """The first sentence that fits, and under it what still works. Clock times are the reader's to add."""
    if not standings:
        return _line(ServiceHealth.UNKNOWN, "Nothing is connected yet.", "An admin connects Plex and Overseerr.")
    if stale:
        worst = _worst([one for one in standings if not one.monitor] or standings)
        before = "all were up" if worst.health is ServiceHealth.UP else f"not all were up: {_reason_of(worst)}"
        return _line(ServiceHealth.UNKNOWN, "We cannot see the services right now.", f"When last seen, {before}.")
    return _trouble(standings, can) or _line(ServiceHealth.UP, "Everything is up.", "")


def _trouble(standings: Sequence[Standing], can: Mapping[str, Ability]) -> dict[str, Any] | None:
    plex = _of_kind(standings, IntegrationKind.PLEX)
    overseerr = _of_kind(standings, IntegrationKind.OVERSEERR)
    if plex is not None and not can["watch"].ok:
        return _line(plex.health, f"{_reason(plex)} You cannot watch now.", _meanwhile(can), plex)
    if overseerr is not None and not can["request"].ok:
        return _line(overseerr.health, _waiting(plex), _kept(can), overseerr)
    if not can["download"].ok:
        return _paused(plex, can["download"])
    return _elsewhere(standings)


def _meanwhile(can: Mapping[str, Ability]) -> str:
    if can["request"].ok:
        return "You can still look around and ask for more; nothing is lost."
    return "What you ask for now is kept; nothing is lost."


def _waiting(plex: Standing | None) -> str:
    return f"{plex.name} is up. New requests wait." if plex is not None else "New requests wait."


def _kept(can: Mapping[str, Ability]) -> str:
    works = "Watch and browse as usual; what" if can["browse"].ok and can["watch"].ok else "What"
    return f"{works} you ask for now is kept and sent by itself."


def _paused(plex: Standing | None, download: Ability) -> dict[str, Any]:
    start = f"{plex.name} is up. " if plex is not None else ""
    line = _line(ServiceHealth.DEGRADED, f"{start}Downloads pause.", "They go on by themselves; nothing is lost.")
    return line | {"since": download.since, "until": download.until}


def _elsewhere(standings: Sequence[Standing]) -> dict[str, Any] | None:
    """Trouble that stops nobody: Plex or Overseerr at its limit, planned work, something beside them."""
    ailing = [one for one in standings if one.health is not ServiceHealth.UP and one.behind is None]
    limited = next((one for one in ailing if one.kind in _CORE), None)
    if limited is not None:
        return _line(limited.health, _reason_of(limited), limited.message or _AS_USUAL, limited)
    planned = next((one for one in ailing if one.health is ServiceHealth.MAINTENANCE and not one.monitor), None)
    if planned is not None:
        return _line(planned.health, _reason(planned), _AS_USUAL, planned)
    if not ailing:
        return None
    return _line(ServiceHealth.UP, "Everything you need is up.", _beside(ailing))


def _beside(ailing: Sequence[Standing]) -> str:
    names = ", ".join(one.name for one in ailing[:3])
    more = f" and {len(ailing) - 3} more" if len(ailing) > 3 else ""
    return f"Not all well: {names}{more}."


def _reason_of(one: Standing) -> str:
    return f"{one.name} is limited." if one.health is ServiceHealth.DEGRADED else _reason(one)


def _worst(standings: Sequence[Standing]) -> Standing:
    return min(standings, key=lambda one: _WORST_FIRST.index(one.health))


def _line(health: ServiceHealth, title: str, detail: str, about: Standing | None = None) -> dict[str, Any]:
    return {
        "health": health,
        "title": title,
        "detail": detail,
        "since": about.since if about else None,
        "until": about.until if about else None,
    }
