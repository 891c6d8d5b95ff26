"""The body of an error as problem details (RFC 9457), apart from any framework."""

import re
from typing import Any

import orjson
from opentelemetry import trace

from medianest_common.errors import MediaNestError
from medianest_common.ids import uuid7

MEDIA_TYPE = "application/problem+json"

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def correlation_id(traceparent: str | None = None) -> str:
    """The trace id of the current call, so that a person's note leads to its trace; a new one outside any."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        return format(context.trace_id, "032x")
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return match[1] if match else uuid7().hex


def problem(
    status: int, code: str, title: str, detail: str, *, instance: str, correlation: str, **extra: Any
) -> dict[str, Any]:
    """The body. `code` is for programs and never changes its meaning; `detail` is for a person."""
    body = {
        "type": f"urn:medianest:problem:{code.lower()}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": instance,
        "correlation_id": correlation,
    }
    return body | extra


def problem_bytes(error: MediaNestError, *, instance: str, correlation: str) -> bytes:
    return orjson.dumps(
        problem(
            error.status,
            error.code,
            error.title,
            error.detail,
            instance=instance,
            correlation=correlation,
            **error.extra,
        )
    )


def retry_after_header(error: MediaNestError) -> dict[str, str]:
    return {} if error.retry_after is None else {"Retry-After": str(max(1, round(error.retry_after)))}
