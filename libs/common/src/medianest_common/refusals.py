"""What an operation may answer when it does not succeed, said in the service's document.

Most of it is seen from the operation itself: who must sign in, what may not be there, what may not be valid. The rest a
route says with `may_answer`. That nothing else comes is tried over the merged document.
"""

from typing import Any

from medianest_common.errors import Forbidden, Invalid, MediaNestError, NotFound, Unauthenticated, Upstream
from medianest_common.problem_details import MEDIA_TYPE

_METHODS = ("get", "put", "post", "delete", "patch")
_SCHEMA = "ProblemDetails"
_CONTENT = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{_SCHEMA}"}}}
_FRAMEWORK = ("HTTPValidationError", "ValidationError")  # FastAPI's own, which nobody is ever answered

PROBLEM_DETAILS: dict[str, Any] = {
    "title": _SCHEMA,
    "type": "object",
    "description": "An error (RFC 9457). `code` is for programs and never changes its meaning; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "code", "instance", "correlation_id"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail", "code", "instance", "correlation_id")},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def may_answer(*kinds: type[MediaNestError]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that raises these; several of one status share its place."""
    return {kind.status: {"description": kind.title, "content": _CONTENT} for kind in kinds}


def tell_refusals(document: dict[str, Any]) -> None:
    """Complete every operation of a service's document."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if (operation := item.get(method)) is not None:
                _complete(path, operation)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas[_SCHEMA] = PROBLEM_DETAILS
    for name in _FRAMEWORK:
        schemas.pop(name, None)


def _complete(path: str, operation: dict[str, Any]) -> None:
    kinds: list[type[MediaNestError]] = [Upstream]  # its database, its broker, or what is outside
    if operation.get("security"):
        kinds += [Unauthenticated, Forbidden]
    if "{" in path:
        kinds.append(NotFound)
    if operation.get("parameters") or operation.get("requestBody"):
        kinds.append(Invalid)
    responses = operation["responses"]
    responses.pop("422", None)
    for status, answer in may_answer(*kinds).items():
        responses.setdefault(str(status), answer)
