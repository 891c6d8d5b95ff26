"""The operations of the merged OpenAPI document, so that whatever is added to it is attacked like the rest."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from medianest_common.contracts.permissions import ROLE_PERMISSIONS, Permission, Role
from medianest_gateway.openapi import DOCUMENT
from medianest_gateway.routes import Table

_TABLE = Table()
SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    path: str
    security: tuple[frozenset[str], ...]
    permission: Permission | None
    parameters: tuple[str, ...]
    queries: tuple[str, ...]
    body: str | None
    is_cacheable: bool
    service: str

    def __str__(self) -> str:
        return self.name

    @property
    def is_public(self) -> bool:
        """Whether strangers may call it."""
        return not self.security or frozenset() in self.security

    @property
    def is_safe(self) -> bool:
        return self.method in SAFE

    @property
    def for_admins(self) -> bool:
        return self.permission is not None and self.permission not in ROLE_PERMISSIONS[Role.USER]

    def at(self, values: dict[str, str]) -> str:
        """The path with its parameters filled in; a KeyError names one that nobody has thought of."""
        return re.sub(r"{(\w+)}", lambda found: values[found[1]], self.path)


@cache
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(DOCUMENT).read_text())
    return loaded


@cache
def operations() -> tuple[Operation, ...]:
    found = [
        _operation(path, method, operation)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
    ]
    assert len(found) > 60, "the document has lost its operations"
    return tuple(found)


def _operation(path: str, method: str, said: dict[str, Any]) -> Operation:
    content = said.get("requestBody", {}).get("content", {}).get("application/json", {})
    permission = said.get("x-permission")
    route = _TABLE.find(method.upper(), path)
    assert route is not None, f"{method} {path} is not in the gateway's table"
    return Operation(
        name=said["operationId"],
        method=method.upper(),
        path=path,
        security=tuple(frozenset(each) for each in said.get("security", [])),
        permission=Permission(permission) if permission else None,
        parameters=tuple(re.findall(r"{(\w+)}", path)),
        queries=tuple(each["name"] for each in said.get("parameters", []) if each.get("in") == "query"),
        body=_schema_name(content.get("schema", {})),
        is_cacheable="304" in said["responses"],
        service=route.upstream,
    )


def _schema_name(schema: dict[str, Any]) -> str | None:
    for part in (schema, *schema.get("anyOf", [])):
        if "$ref" in part:
            return str(part["$ref"]).rpartition("/")[2]
    return None
