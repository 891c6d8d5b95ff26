"""Looking at Uptime Kuma, and reading its monitors from `/metrics`."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping

from prometheus_client.parser import text_string_to_metric_families

from medianest_common.contracts.status import ServiceHealth
from medianest_status.clients.asking import Answer, Asker, NoAnswer
from medianest_status.clients.looks import Look
from medianest_status.domain.integrations import Target
from medianest_status.domain.probes import Examination, Monitor

_LABELS = {
    "reach": "The address answers",
    "identity": "It is Uptime Kuma",
    "key": "It takes the API key",
}
_KEY_FIX = "Make an API key in its Settings, API Keys. If it was right a minute ago, wait one: it counts calls."
_HEALTH = {
    0: ServiceHealth.DOWN,
    1: ServiceHealth.UP,
    2: ServiceHealth.DEGRADED,  # failing, but still within its own retries
    3: ServiceHealth.MAINTENANCE,
}
_WANTED = ("monitor_status", "monitor_response_time")
_AT_MOST = 200
_GROUP = "group"  # its members are there one by one


class KeyRefused(Exception):
    """401: the key is wrong, expired, or there were too many calls this minute; Kuma does not say which."""


class Unreadable(Exception):
    """What came is no list of monitors."""


async def look(asker: Asker, target: Target) -> Examination:
    """Everything an admin wants tested; `/metrics` costs Kuma 86 ms of blocked CPU, so the prober uses `alive`."""
    found = await _reached(asker, target)
    if found.response_ms is None:
        return found.result()
    try:
        monitors = await read(asker, target)
    except NoAnswer as error:
        found.limited("key", error.detail, error.fix)
    except KeyRefused:
        found.limited("key", "It does not take our API key.", _KEY_FIX, key=True)
    except Unreadable:
        found.limited("key", "Its list of monitors cannot be read.", "Check the address, and a proxy in between.")
    else:
        found.passed("key", f"The key is good; there are {len(monitors)} monitors.")
    return found.result()


async def alive(asker: Asker, target: Target) -> Examination:
    """Whether it answers, by a call that costs it nothing."""
    return (await _reached(asker, target)).result()


async def _reached(asker: Asker, target: Target) -> Look:
    found = Look(_LABELS)
    try:
        answer = await asker.get(f"{target.url}/api/entry-page")
    except NoAnswer as error:
        found.unanswered("reach", error)
        return found
    if found.answered("reach", answer, asker.slow_after_ms):
        _identify(found, answer)
    return found


def _identify(found: Look, answer: Answer) -> None:
    if isinstance(answer.data, Mapping) and "type" in answer.data:
        found.passed("identity", "It is Uptime Kuma.")
        return
    found.response_ms = None
    found.down("identity", "What answers there is not Uptime Kuma.", "Check the address and the port (3001).")


async def read(asker: Asker, target: Target) -> list[Monitor]:
    """Its monitors as they are now; raises NoAnswer, KeyRefused or Unreadable. Not more than twice a minute."""
    headers = {}
    if target.secret is not None:
        headers["Authorization"] = f"Basic {b64encode(f':{target.secret}'.encode()).decode()}"
    answer = await asker.get(f"{target.url}/metrics", headers)
    if answer.status in (401, 403):
        raise KeyRefused
    if answer.status != 200 or "monitor_status" not in answer.text:
        raise Unreadable
    try:
        return list(_monitors(answer.text))[:_AT_MOST]
    except ValueError:
        raise Unreadable from None


def _monitors(text: str) -> Iterator[Monitor]:
    values: dict[str, dict[str, float]] = {}
    labels: dict[str, Mapping[str, str]] = {}
    wanted = "\n".join(line for line in text.split("\n") if _is_wanted(line)) + "\n"
    for family in text_string_to_metric_families(wanted):
        for sample in family.samples:
            key = _key(sample.labels)
            values.setdefault(key, {})[sample.name] = sample.value
            labels[key] = sample.labels
    for key, of_one in values.items():
        if "monitor_status" in of_one and labels[key].get("monitor_type") != _GROUP:
            yield _monitor(key, labels[key], of_one)


def _is_wanted(line: str) -> bool:
    name, brace, _ = line.partition("{")
    return bool(brace) and name in _WANTED


def _key(labels: Mapping[str, str]) -> str:
    """The number Kuma gives it; before 2.0 there is none, and names are not unique."""
    number = labels.get("monitor_id", "")
    if number.isdigit():
        return number
    told = "\0".join(labels.get(f"monitor_{part}", "") for part in ("name", "type", "url", "hostname", "port"))
    return f"x{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _monitor(key: str, labels: Mapping[str, str], values: Mapping[str, float]) -> Monitor:
    answer = values.get("monitor_response_time", -1)
    return Monitor(
        service_id=f"kuma.{key}",
        name=labels.get("monitor_name", "").strip()[:200] or f"Monitor {key}",
        target=_target(labels),
        health=_HEALTH.get(int(values["monitor_status"]), ServiceHealth.UNKNOWN),
        response_ms=round(answer) if 0 <= answer < 1e9 else None,
    )


def _target(labels: Mapping[str, str]) -> str:
    """What it watches, without a query, which may hold secrets; missing values are the text `null`."""
    url = labels.get("monitor_url", "null")
    if url not in ("null", "", "https://", "http://"):
        return url.partition("?")[0].partition("#")[0]
    host, port = labels.get("monitor_hostname", "null"), labels.get("monitor_port", "null")
    return "" if host in ("null", "") else f"tcp://{host}{'' if port in ('null', '') else f':{port}'}"
