"""Trace context: every call has a trace id, which is also what a person quotes when something went wrong."""

import os
import re
from typing import Final

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags, set_span_in_context

from medianest_gateway.call import Call

_TRACEPARENT: Final = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_ZERO: Final = b"0" * 32


class Tracing:
    """Spans only where they are exported: making one costs as much as the rest of a call's book-keeping."""

    def __init__(self, provider: TracerProvider, *, exported: bool) -> None:
        self._tracer = provider.get_tracer(__name__) if exported else None

    def begin(self, call: Call) -> Span | None:
        """Give the call its trace; the caller's own is gone on with."""
        match = _TRACEPARENT.fullmatch(call.header(b"traceparent") or b"")
        known = match if match and match[1] != _ZERO else None
        if self._tracer is not None:
            return self._begin_span(call, known)
        fresh = os.urandom(24).hex()
        call.trace = known[1].decode() if known else fresh[:32]
        call.traceparent = f"00-{call.trace}-{fresh[32:]}-00"
        return None

    def _begin_span(self, call: Call, known: re.Match[bytes] | None) -> Span:
        assert self._tracer is not None  # noqa: S101 - asked for only with one
        context = None
        if known:
            parent = SpanContext(int(known[1], 16), int(known[2], 16), is_remote=True, trace_flags=TraceFlags(1))
            context = set_span_in_context(NonRecordingSpan(parent))
        span = self._tracer.start_span(call.method, context, kind=SpanKind.SERVER)
        own = span.get_span_context()
        call.trace = format(own.trace_id, "032x")
        call.traceparent = f"00-{call.trace}-{own.span_id:016x}-{own.trace_flags:02x}"
        return span

    @staticmethod
    def end(call: Call, span: Span | None) -> None:
        if span is None:
            return
        name = call.route.name if call.route is not None else "none"
        span.update_name(f"{call.method} {name}")
        span.set_attribute("http.response.status_code", call.reply.status)
        span.set_attribute("http.route", call.route.pattern if call.route is not None else "")
        span.end()
