"""The one OpenAPI document of the suite, merged from the services' own at build time.

`python -m medianest_gateway openapi` asks each service for its document in a process of its own, keeps what the route
table exposes, and refuses names that two services use for different things. The result is committed beside this module.
"""

import copy
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from medianest_common.contracts.permissions import Permission
from medianest_common.errors import Forbidden, MediaNestError, Unauthenticated, Upstream
from medianest_gateway.errors import BadRequest, BodyTooLarge, BodyTooSlow
from medianest_gateway.routes import Keep, Open, Rate, Route, Table

Document = dict[str, Any]

DOCUMENT: Final = Path(__file__).with_name("openapi.json")
SERVICES: Final = ("auth", "requests", "downloader", "status")

_OWN: Final = Path(__file__).with_name("openapi_own.json")
_DEADLINE: Final = 60.0
_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch"})
_EVERYBODYS: Final = "ProblemDetails"  # in every service's document, and in ours
_PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}


class MergeRefused(Exception):
    """Two services use one name for different things, or a document cannot be had."""


def export(service: str) -> Document:
    """A service's own document, from a process of that service."""
    command = [sys.executable, "-m", f"medianest_{service}", "openapi"]
    done = subprocess.run(command, capture_output=True, timeout=_DEADLINE, check=False)  # noqa: S603 - our own names
    if done.returncode != 0:
        raise MergeRefused(f"{service} did not print its document: {done.stderr.decode()[-500:]}")
    document: Document = json.loads(done.stdout)
    return document


def merge(documents: Mapping[str, Document], table: Table | None = None) -> Document:
    """One document of what is reachable from outside; raises MergeRefused on a name used twice."""
    merged: Document = json.loads(_OWN.read_text())
    merger = _Merger(merged, table or Table())
    merger.add_own()
    for service, document in documents.items():
        merger.add(service, copy.deepcopy(document))
    _drop_unused_schemas(merged)
    merged["paths"] = dict(sorted(merged["paths"].items()))
    merged["components"]["schemas"] = dict(sorted(merged["components"]["schemas"].items()))
    return merged


class _Merger:
    def __init__(self, merged: Document, table: Table) -> None:
        self._merged = merged
        self._table = table
        self._operations: dict[str, str] = {}
        self._schemas: dict[str, str] = dict.fromkeys(merged["components"]["schemas"], "gateway")

    def add_own(self) -> None:
        for path, item in self._merged["paths"].items():
            for method, operation in item.items():
                self._take("gateway", path, method, operation)

    def add(self, service: str, document: Document) -> None:
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            if name != _EVERYBODYS:
                self._add_schema(service, name, schema)
        for path, item in document["paths"].items():
            for method in sorted(_METHODS & item.keys()):
                route = self._table.find(method.upper(), path)
                if route is None or route.upstream != service:
                    continue
                self._take(service, path, method, item[method])
                self._merged["paths"].setdefault(path, {})[method] = item[method]

    def _add_schema(self, service: str, name: str, schema: Document) -> None:
        known = self._merged["components"]["schemas"].setdefault(name, schema)
        owner = self._schemas.setdefault(name, service)
        if known != schema:
            raise MergeRefused(f"the schema {name} means one thing in {owner} and another in {service}")

    def _take(self, service: str, path: str, method: str, operation: Document) -> None:
        name = operation.get("operationId", "")
        if not name or name in self._operations:
            raise MergeRefused(f"the operation {name or f'of {method} {path}'} of {service} has no name of its own")
        self._operations[name] = service
        if (route := self._table.find(method.upper(), path)) is not None:
            _complete(operation, method.upper(), route)


def _complete(operation: Document, method: str, route: Route) -> None:
    """Say what the gateway adds: who may call, the CSRF header, and problem details for everything that fails."""
    operation["security"] = _security(route)
    permission = route.access.value if isinstance(route.access, Permission) else None
    if permission is not None:
        operation["x-permission"] = permission
    if method not in ("GET", "HEAD") and route.access is not Open.PUBLIC:
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/CsrfToken"})
    responses = operation.setdefault("responses", {})
    for error in _own_refusals(method, route):
        responses.setdefault(str(error.status), {"description": error.title})
    for status in [status for status in responses if status[0] in "45"]:
        responses[status] = {"description": responses[status].get("description", ""), "content": _PROBLEM}
    if route.rate is not Rate.NONE:
        responses["429"] = {"$ref": "#/components/responses/TooManyRequests"}
    if route.keep is not Keep.NEVER:
        responses.setdefault("304", {"description": "What the caller has is still right"})
    operation["responses"] = dict(sorted(responses.items()))


def _own_refusals(method: str, route: Route) -> list[type[MediaNestError]]:
    """What the gateway answers by itself, before the service is asked or in its place."""
    found: list[type[MediaNestError]] = [BadRequest, Upstream]
    is_safe = method in ("GET", "HEAD")
    if route.access is not Open.PUBLIC:
        found.append(Unauthenticated)
    if isinstance(route.access, Permission) or not is_safe:  # the permission, or where the call came from
        found.append(Forbidden)
    return found if is_safe else [*found, BodyTooSlow, BodyTooLarge]


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.access is Open.PUBLIC:
        return []
    needed: list[dict[str, list[str]]] = [{"session": []}, {"api_token": []}]
    return [{}, *needed] if route.access is Open.OPTIONAL else needed


def _drop_unused_schemas(document: Document) -> None:
    """Keep what some path reaches; a service's internal bodies are nobody's business."""
    schemas = document["components"]["schemas"]
    kept: set[str] = set()
    waiting = _references(document["paths"]) | _references(
        {name: part for name, part in document["components"].items() if name != "schemas"}
    )
    while waiting:
        name = waiting.pop()
        if name not in schemas:
            raise MergeRefused(f"the schema {name} is referred to and not there")
        kept.add(name)
        waiting |= _references(schemas[name]) - kept
    document["components"]["schemas"] = {name: schemas[name] for name in schemas if name in kept}


def _references(part: Any) -> set[str]:
    if isinstance(part, dict):
        found = set().union(*(_references(value) for value in part.values()))
        target = part.get("$ref")
        prefix = "#/components/schemas/"
        return found | {target.removeprefix(prefix)} if isinstance(target, str) and target.startswith(prefix) else found
    if isinstance(part, list):
        return set().union(*(_references(value) for value in part))
    return set()


def write() -> int:
    """Merge and write the document; the number of operations in it."""
    document = merge({service: export(service) for service in SERVICES})
    DOCUMENT.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return sum(len(item) for item in document["paths"].values())
