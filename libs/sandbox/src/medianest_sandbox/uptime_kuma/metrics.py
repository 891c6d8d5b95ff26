"""`/metrics` in the text format of Prometheus, by the rules of three versions."""

import time
from collections.abc import Callable, Iterator
from enum import StrEnum

from medianest_sandbox.uptime_kuma.monitors import Monitor, Status

_WINDOWS = ("1d", "30d", "365d")
_STARTED = time.time()


class Profile(StrEnum):
    """Which version is imitated."""

    V1 = "1.23"
    V2 = "2.0"
    V21 = "2.1+"


_VERSIONS = {Profile.V1: "1.23.16", Profile.V2: "2.0.2", Profile.V21: "2.5.3"}


def exposition(monitors: list[Monitor], profile: Profile) -> str:
    """The whole text; monitors without a beat and paused ones are not in it."""
    seen = [monitor for monitor in monitors if monitor.active and monitor.last]
    lines = ["# HELP monitor_cert_days_remaining The number of days remaining until the certificate expires"]
    lines += ["# TYPE monitor_cert_days_remaining gauge", ""]
    if profile is Profile.V21:
        watched = [monitor for monitor in seen if monitor.type not in {"push", "group"}]
        lines += _windows("monitor_uptime_ratio", "Uptime ratio (0.0 - 1.0)", watched, lambda each: each.uptime)
        lines += _windows(
            "monitor_response_time_seconds", "Average response time (seconds)", watched, lambda each: each.mean_seconds
        )
    lines += _gauge("monitor_response_time", "Monitor Response Time (ms)", seen, profile, _response_time)
    lines += _gauge(
        "monitor_status", "Monitor Status (1 = UP, 0= DOWN, 2= PENDING, 3= MAINTENANCE)", seen, profile, _status
    )
    return "\n".join([*lines, *_about(_VERSIONS[profile])]) + "\n"


def _status(monitor: Monitor) -> float:
    return monitor.last.status if monitor.last else Status.PENDING


def _response_time(monitor: Monitor) -> float:
    return monitor.last.ping if monitor.last and monitor.last.ping is not None else -1


def _gauge(
    name: str, about: str, monitors: list[Monitor], profile: Profile, value: Callable[[Monitor], float]
) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} gauge"
    for monitor in monitors:
        yield f"{name}{{{_labels(monitor, profile)}}} {value(monitor):g}"
    yield ""


def _windows(name: str, about: str, monitors: list[Monitor], value: Callable[[Monitor], float]) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} gauge"
    for monitor in monitors:
        for window in _WINDOWS:
            yield f'{name}{{{_labels(monitor, Profile.V21)},window="{window}"}} {value(monitor)}'
    yield ""


def _labels(monitor: Monitor, profile: Profile) -> str:
    labels = {
        "monitor_id": monitor.id,
        "monitor_name": monitor.name,
        "monitor_type": monitor.type,
        "monitor_url": monitor.url or "https://",
        "monitor_hostname": monitor.hostname,
        "monitor_port": monitor.port,
    }
    if profile is Profile.V1:
        del labels["monitor_id"]
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: object) -> str:
    text = "null" if value is None else str(value)
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _about(version: str) -> Iterator[str]:
    major, minor, patch = version.split(".")
    yield "# HELP process_start_time_seconds Start time of the process since unix epoch in seconds."
    yield "# TYPE process_start_time_seconds gauge"
    yield f"process_start_time_seconds {int(_STARTED)}"
    yield ""
    yield "# HELP app_version The service version by package.json"
    yield "# TYPE app_version gauge"
    yield f'app_version{{version="{version}",major="{major}",minor="{minor}",patch="{patch}"}} 1'
