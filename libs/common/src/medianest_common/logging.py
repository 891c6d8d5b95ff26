"""Structured logs on standard output: one line an event, no token and no personal data in it."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from opentelemetry import trace

_SECRET_NAMES = re.compile(r"token|password|secret|cookie|authorization|api_?key|seed|code$|pin$|email", re.IGNORECASE)
_JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+")
_QUERY_SECRET = re.compile(r"(?i)((?:token|key|secret|password|code)=)[^&\s\"']+")
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), 127)) | {10: "\\n", 13: "\\r"}

Fields = MutableMapping[str, Any]


def _scrub(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _QUERY_SECRET.sub(r"\1…", _JWT.sub("…", value))


def _hide_secrets(_logger: Any, _method: str, fields: Fields) -> Fields:
    """The last guard, not the first: what is named or looks like a secret leaves its place empty."""
    for name, value in fields.items():
        fields[name] = "…" if _SECRET_NAMES.search(name) and value is not None else _scrub(value)
    return fields


def _one_line(_logger: Any, _method: str, fields: Fields) -> Fields:
    """Control characters in a field would let a caller write log lines of their own."""
    for name, value in fields.items():
        if isinstance(value, str) and name != "exception":
            fields[name] = value.translate(_CONTROL)
    return fields


def _add_trace(_logger: Any, _method: str, fields: Fields) -> Fields:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        fields["trace_id"] = format(context.trace_id, "032x")
    return fields


def configure_logging(service: str, *, level: str, fmt: str) -> None:
    """Send structlog's and the libraries' own records through one chain to standard output."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        _hide_secrets,
        structlog.processors.format_exc_info,
        _one_line,
    ]
    console = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    renderer: Any = structlog.processors.JSONRenderer() if fmt == "json" else console
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    structlog.contextvars.bind_contextvars(service=service)
    for noisy in ("httpx2", "httpcore2", "aiohttp.access", "uvicorn.access", "uvicorn.error", "faststream.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
