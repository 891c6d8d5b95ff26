"""Liveness, readiness and metrics, on every service's own port and never at the edge."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Check = Callable[[], Awaitable[None]]

_DEADLINE = 3.0


def health_routes(checks: Mapping[str, Check]) -> list[Route]:
    """`/health/ready` answers 503 and names what fails; `/health/live` says only that the process runs.

    Starlette's routes, since a worker has nothing else to serve and does without FastAPI and its 12 MiB.
    """

    async def live(_: Request) -> Response:
        return Response(b'{"status":"ok"}', media_type="application/json")

    async def ready(_: Request) -> Response:
        results = dict(zip(checks, await asyncio.gather(*map(_try, checks.values())), strict=True))
        failing = {name: problem for name, problem in results.items() if problem is not None}
        body = {"status": "failing" if failing else "ok", "checks": {name: results[name] or "ok" for name in results}}
        return Response(orjson.dumps(body), 503 if failing else 200, media_type="application/json")

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]


async def _try(check: Check) -> str | None:
    try:
        await asyncio.wait_for(check(), _DEADLINE)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return type(error).__name__
    return None


def database_check(engine: AsyncEngine) -> Check:
    async def check() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("select 1"))

    return check
