"""Health and metrics on a port of their own, for operators and orchestrators, never at the edge."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
from aiohttp import web
from prometheus_client import generate_latest

from medianest_gateway.settings import Settings

Check = Callable[[], Awaitable[None]]

_DEADLINE: Final = 3.0


class Internal:
    """`/health/ready` answers 503 and names what fails; `/health/live` says only that the process runs."""

    def __init__(self, settings: Settings, needed: Mapping[str, Check], told: Mapping[str, Check]) -> None:
        """`needed` decides readiness; `told` is what the gateway goes on without."""
        self._settings = settings
        self._needed = needed
        self._told = told
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/health/live", self._live)
        app.router.add_get("/health/ready", self._ready)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._settings.internal_host, self._settings.internal_port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def is_ready(self) -> bool:
        return all(result is None for result in await asyncio.gather(*map(_try, self._needed.values())))

    async def _live(self, _request: web.Request) -> web.Response:
        return _json({"status": "ok"})

    async def _ready(self, _request: web.Request) -> web.Response:
        checks = {**self._needed, **self._told}
        results = dict(zip(checks, await asyncio.gather(*map(_try, checks.values())), strict=True))
        is_failing = any(results[name] is not None for name in self._needed)
        body = {"status": "failing" if is_failing else "ok", "checks": {n: r or "ok" for n, r in results.items()}}
        return _json(body, 503 if is_failing else 200)

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), content_type="text/plain", charset="utf-8")


async def _try(check: Check) -> str | None:
    try:
        await asyncio.wait_for(check(), _DEADLINE)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return type(error).__name__
    return None


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")
