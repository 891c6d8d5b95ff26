"""Control calls with their descriptions, from which both the routes and the manual are made."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medianest_sandbox.wire import json_reply

Endpoint = Callable[[Request], Awaitable[Response]]


class BadCall(Exception):
    """The call makes no sense or names something that is not there."""

    def __init__(self, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.detail, self.status = detail, status


@dataclass(frozen=True)
class Call:
    """One control call; `example` is a body, `sample` a path, that show how it is used."""

    method: str
    path: str
    endpoint: Endpoint
    example: Any = None
    sample: str = ""

    @property
    def about(self) -> str:
        """What the call does: its endpoint's own words."""
        return " ".join((self.endpoint.__doc__ or "").split())

    def route(self) -> Route:
        """The call as a route; refusals become JSON with `detail`."""

        async def answer(request: Request) -> Response:
            try:
                return await self.endpoint(request)
            except BadCall as refusal:
                return json_reply({"detail": refusal.detail}, refusal.status)

        return Route(self.path, answer, methods=[self.method])

    def curl(self, base: str) -> str:
        """The call as one types it."""
        address = f"{base}/control{self.sample or self.path}"
        method = "" if self.method == "GET" else f" -X {self.method}"
        if self.example is None:
            return f"curl{method} '{address}'"
        body = orjson.dumps(self.example).decode().replace("'", "'\\''")
        return f"curl{method} '{address}' -H 'content-type: application/json' -d '{body}'"


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in the body, {} without one; raises BadCall for anything else."""
    raw = await request.body()
    try:
        document = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise BadCall("the body is not JSON") from error
    if not isinstance(document, dict):
        raise BadCall("the body must be an object")
    return document


def only(document: dict[str, Any], *names: str) -> dict[str, Any]:
    """The document; raises BadCall when it has other members."""
    unknown = set(document) - set(names)
    if unknown:
        raise BadCall(f"unknown member {sorted(unknown)[0]!r}; known: {', '.join(names)}")
    return document


def whole(document: dict[str, Any], name: str, default: int = 0) -> int:
    """A whole number from 0 in the document."""
    value = document.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadCall(f"{name} must be a whole number from 0")
    return value


def seconds(document: dict[str, Any], name: str, default: float) -> float:
    """A number of seconds in the document, from 0."""
    value = document.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise BadCall(f"{name} must be a number of seconds from 0")
    return float(value)


def done(**facts: Any) -> Response:
    """The answer to a call that changed something."""
    return json_reply({"ok": True, **facts})
