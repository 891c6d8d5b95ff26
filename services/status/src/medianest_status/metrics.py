"""Prometheus instruments of the status service."""

from prometheus_client import Counter, Gauge, Histogram

looks_total = Counter("medianest_status_looks_total", "Looks at services that were written down", ["kind", "health"])
verdicts_total = Counter("medianest_status_verdicts_total", "Changed verdicts, by the new one", ["kind", "health"])
response_seconds = Histogram(
    "medianest_status_response_duration_seconds",
    "Response times of the services looked at",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
probing = Gauge("medianest_status_probing_replica", "1 on the replica that probes")
kuma_reads_total = Counter("medianest_status_kuma_reads_total", "Calls of Uptime Kuma's metrics", ["outcome"])
