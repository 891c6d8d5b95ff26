"""Checks and the spans they are summed into, so that ninety days cost two thousand rows a service."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, text
from sqlmodel.ext.asyncio.session import AsyncSession

from medianest_common.contracts.status import ServiceHealth
from medianest_status.domain.timeline import COARSE, FINE, WINDOWS, Span, uptime

KEEP_CHECKS = timedelta(days=2)
KEEP_FINE = timedelta(days=8)
KEEP_COARSE = timedelta(days=100)

_STATES = tuple(ServiceHealth)
_ADD_CHECK = text(
    """insert into checks (service_name, checked_at, status, response_time_ms)
       values (:service_name, :checked_at, :status, :response_time_ms) on conflict do nothing"""
)
_ADD_SPAN = text(
    """insert into check_spans as s (service_name, size, starts_at, up, degraded, down, maintenance, unknown,
                                    response_sum, responses)
       values (:service_name, :size, :starts_at, :up, :degraded, :down, :maintenance, :unknown,
               :response_sum, :responses)
       on conflict (service_name, size, starts_at) do update set
         up = s.up + excluded.up, degraded = s.degraded + excluded.degraded, down = s.down + excluded.down,
         maintenance = s.maintenance + excluded.maintenance, unknown = s.unknown + excluded.unknown,
         response_sum = s.response_sum + excluded.response_sum, responses = s.responses + excluded.responses"""
)
_SUMS = """coalesce(sum(up), 0) as up, coalesce(sum(degraded), 0) as degraded, coalesce(sum(down), 0) as down,
           coalesce(sum(maintenance), 0) as maintenance, coalesce(sum(unknown), 0) as unknown,
           coalesce(sum(response_sum), 0) as response_sum, coalesce(sum(responses), 0) as responses"""
_SPANS = text(
    f"""select to_timestamp(floor(extract(epoch from starts_at) / :bucket) * :bucket) as starts_at, {_SUMS}
        from check_spans where service_name = :service and size = :size and starts_at >= :since
        group by 1 order by 1"""  # noqa: S608 - a constant of this module
)
_SHARES = ", ".join(
    f"sum(up + degraded) filter (where starts_at >= :from_{name}) as good_{name}, "
    f"sum(down) filter (where starts_at >= :from_{name}) as bad_{name}"
    for name in WINDOWS
)
_UPTIMES = text(
    f"""select service_name, {_SHARES} from check_spans
        where size = :size and starts_at >= :from_90d group by 1"""  # noqa: S608 - a constant of this module
)
_RECENT = text(
    """select service_name, status, checked_at, response_time_ms from checks
       where checked_at >= :since order by checked_at"""
)


class HistoryRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_checks(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            await (await self._session.connection()).execute(_ADD_CHECK, rows)

    async def add_spans(self, rows: Iterable[tuple[str, int, datetime, Span]]) -> None:
        """Add what held to the stretches it fell into."""
        values = [
            {"service_name": name, "size": size, "starts_at": start, "response_sum": span.response_sum}
            | {"responses": span.responses}
            | {state.value: span.seconds.get(state, 0.0) for state in _STATES}
            for name, size, start, span in rows
        ]
        if values:
            await (await self._session.connection()).execute(_ADD_SPAN, values)

    async def spans(self, service: str, *, size: int, bucket: int, since: datetime) -> list[tuple[datetime, Span]]:
        """Summed by buckets of `bucket` seconds, oldest first."""
        values = {"service": service, "size": size, "bucket": bucket, "since": since}
        rows = (await (await self._session.connection()).execute(_SPANS, values)).mappings()
        return [(row["starts_at"], _span(row)) for row in rows]

    async def uptimes(self, now: datetime) -> dict[str, dict[str, float | None]]:
        """For each service its uptime in each window; windows begin with a whole hour."""
        starts = {f"from_{name}": now - timedelta(seconds=seconds) for name, seconds in WINDOWS.items()}
        rows = (await (await self._session.connection()).execute(_UPTIMES, starts | {"size": COARSE})).mappings()
        return {row["service_name"]: {name: _share(row, name) for name in WINDOWS} for row in rows}

    async def recent(self, since: datetime) -> dict[str, list[tuple[datetime, Span]]]:
        """The checks of every service since then, each as a span of its own."""
        found: defaultdict[str, list[tuple[datetime, Span]]] = defaultdict(list)
        for name, status, at, answer in await (await self._session.connection()).execute(_RECENT, {"since": since}):
            known = answer is not None
            found[name].append((at, Span({ServiceHealth(status): 1.0}, answer if known else 0, int(known))))
        return found

    async def prune(self, now: datetime) -> None:
        """Drop what is older than anything asked for."""
        connection = await self._session.connection()
        await connection.execute(text("delete from checks where checked_at < :before"), {"before": now - KEEP_CHECKS})
        for size, keep in ((FINE, KEEP_FINE), (COARSE, KEEP_COARSE)):
            await connection.execute(
                text("delete from check_spans where size = :size and starts_at < :before"),
                {"size": size, "before": now - keep},
            )


def _span(row: RowMapping) -> Span:
    return Span(
        {state: row[state.value] for state in _STATES if row[state.value] > 0},
        int(row["response_sum"]),
        int(row["responses"]),
    )


def _share(row: RowMapping, window: str) -> float | None:
    return uptime({ServiceHealth.UP: row[f"good_{window}"] or 0.0, ServiceHealth.DOWN: row[f"bad_{window}"] or 0.0})
