"""One line per call. Written past the general log chain (which costs as much as forwarding does) in the same form.

It names the route, never the path or query: people's searches and ids stay out of the log.
"""

import asyncio
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, TextIO

import orjson
import structlog

from medianest_gateway.call import Call

_log = structlog.get_logger("medianest_gateway.access")

_FLUSH_SECONDS: Final = 0.2
_MOST: Final = 10_000  # lines waiting; more are dropped rather than held
_OPTIONS: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
_SHOWN: Final = ("method", "route", "status", "bytes", "ms", "user", "trace_id")


class AccessLog:
    def __init__(self, *, level: str, fmt: str, out: TextIO | None = None) -> None:
        self._enabled = level in ("DEBUG", "INFO")
        self._json = fmt == "json"
        self._out = out or sys.stdout
        self._lines: list[bytes] = []
        self._flushing: asyncio.TimerHandle | None = None

    def write(self, call: Call) -> None:
        if not self._enabled:
            return
        facts: dict[str, object] = {
            "event": "request_answered",
            "level": "info",
            "logger": "medianest_gateway.access",
            "service": "gateway",
            "timestamp": datetime.now(UTC),
            "method": call.method,
            "route": call.route.name if call.route is not None else None,
            "status": call.reply.status,
            "bytes": call.reply.sent,
            "ms": int((time.perf_counter() - call.received) * 100_000) / 100,
            "user": call.user,
            "trace_id": call.trace,
        }
        if not self._json:
            _log.info("request_answered", **{name: facts[name] for name in _SHOWN})
        elif len(self._lines) < _MOST:
            self._lines.append(orjson.dumps(facts, option=_OPTIONS))
            if self._flushing is None:
                self._flushing = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        self._flushing = None
        if self._lines:
            text = b"".join(self._lines).decode()
            self._lines.clear()
            with suppress(OSError, ValueError):  # nobody reads any more; that is no reason to fail a call
                self._out.write(text)
                self._out.flush()
