"""Which trouble is part of another's, so that one cause is told once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from medianest_common.contracts.status import ServiceHealth

_HEAD_START = timedelta(minutes=2)
"""How much earlier than its cause's a consequence may have been noticed: the two are looked at in turns."""

_AWAY = (ServiceHealth.DOWN, ServiceHealth.MAINTENANCE)


@dataclass(frozen=True)
class Node:
    """A service and what it stands on: `needs` explains its failing, `source` explains that nobody sees it."""

    service_id: str
    health: ServiceHealth
    since: datetime
    needs: str | None = None
    source: str | None = None


def behind(nodes: Iterable[Node]) -> dict[str, str | None]:
    """For each service the one whose trouble explains its own, at the far end of the chain, or None."""
    known = {node.service_id: node for node in nodes}
    return {name: _root(node, known) for name, node in known.items()}


def _root(node: Node, known: Mapping[str, Node]) -> str | None:
    seen = {node.service_id}
    found: str | None = None
    current = node
    while (cause := _cause(current, known)) is not None and cause.service_id not in seen:
        seen.add(cause.service_id)
        found, current = cause.service_id, cause
    return found


def _cause(node: Node, known: Mapping[str, Node]) -> Node | None:
    """The next thing that explains this node's trouble; what broke well before its cause has another one."""
    if node.health is ServiceHealth.UNKNOWN:
        source = known.get(node.source or "")
        return source if source is not None and source.health is not ServiceHealth.UP else None
    if node.health not in (ServiceHealth.DOWN, ServiceHealth.DEGRADED):
        return None
    cause = known.get(node.needs or "")
    if cause is None or cause.health not in _AWAY or node.since < cause.since - _HEAD_START:
        return None
    return cause


def watched(target: str, urls: Mapping[str, str]) -> str | None:
    """The integration a monitor watches, by its address: the same server, and at or below the integration's path."""
    candidates = [name for name, url in urls.items() if _within(target, url)]
    return max(candidates, key=lambda name: len(urls[name]), default=None)


def _within(target: str, url: str) -> bool:
    inner, outer = urlsplit(target), urlsplit(url)
    if not inner.netloc or inner.netloc.lower() != outer.netloc.lower():
        return False
    base = outer.path.rstrip("/")
    if inner.scheme == "tcp":  # a port check says nothing of what is behind a path
        return not base
    return inner.path == base or inner.path.startswith(f"{base}/")
