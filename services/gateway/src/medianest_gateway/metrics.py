"""The gateway's Prometheus instruments; no label holds an id, an address or a path."""

from prometheus_client import Counter, Gauge, Histogram

request_seconds = Histogram(
    "medianest_gateway_request_duration_seconds",
    "From the last byte of the headers to the last byte of the answer",
    ["route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)
_seconds_of: dict[tuple[str, int], Histogram] = {}


def observe_call(route: str, status: int, seconds: float) -> None:
    """Count one call; looking a labelled histogram up costs more than counting does, so they are kept."""
    key = (route, status // 100)
    known = _seconds_of.get(key)
    if known is None:
        known = _seconds_of[key] = request_seconds.labels(route, f"{key[1]}xx")
    known.observe(seconds)


refused_total = Counter("medianest_gateway_refused_total", "Calls the gateway itself refused", ["code"])
upstream_failures = Counter(
    "medianest_gateway_upstream_failures_total", "Calls a service did not answer", ["upstream", "kind"]
)
breaker_open = Gauge("medianest_gateway_breaker_open", "1 while a service is not asked", ["upstream"])
redis_fallbacks = Counter("medianest_gateway_redis_fallbacks_total", "Calls let in without an answer of Redis")
cache_answers = Counter("medianest_gateway_cache_answers_total", "What the cache did for a call", ["result"])
sockets_open = Gauge("medianest_gateway_live_connections", "Open live connections", ["kind"])
sockets_closed = Counter("medianest_gateway_live_closed_total", "Live connections the gateway closed", ["reason"])
live_messages = Counter("medianest_gateway_live_messages_total", "Messages handed to live connections", ["topic"])
live_seconds = Histogram(
    "medianest_gateway_live_fanout_seconds",
    "From a message's arrival to its place in every connection's queue",
    buckets=(0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5),
)
bad_messages = Counter("medianest_gateway_bad_messages_total", "Messages from the broker that could not be read")
