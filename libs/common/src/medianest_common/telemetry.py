"""Traces over OTLP where a collector is set; without one nothing is exported and nothing is imported for it."""

from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider


def configure_telemetry(service: str, endpoint: str | None) -> TracerProvider:
    """Install the process's tracer provider; trace context is read and written in either case."""
    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.namespace": "medianest"}))
    if endpoint is not None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - 9 MiB
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)
    return provider


def trace_headers() -> dict[str, str]:
    """`traceparent` of the current span, to go along with a row or a message."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers
