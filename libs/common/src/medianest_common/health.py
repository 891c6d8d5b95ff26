"""Liveness, readiness and metrics, on every service's own port and never at the edge."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import orjson
from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

Check = Callable[[], Awaitable[None]]

_DEADLINE = 3.0


def health_router(checks: Mapping[str, Check]) -> APIRouter:
    """`/health/ready` answers 503 and names what fails; `/health/live` says only that the process runs."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> Response:
        return Response(b'{"status":"ok"}', media_type="application/json")

    @router.get("/health/ready")
    async def ready() -> Response:
        results = dict(zip(checks, await asyncio.gather(*map(_try, checks.values())), strict=True))
        failing = {name: problem for name, problem in results.items() if problem is not None}
        body = {"status": "failing" if failing else "ok", "checks": {name: results[name] or "ok" for name in results}}
        return Response(orjson.dumps(body), 503 if failing else 200, media_type="application/json")

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


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
