"""Another gateway of the same suite with settings of its own: behind a proxy, over https, before other services."""

import asyncio
import itertools
import sys
from types import TracebackType
from typing import Self

import aiohttp

from support.suite import ROOT, Suite, free_port

_READY_WITHIN = 60.0
_numbers = itertools.count(1)


class Replica:
    """Use as an async context manager. What it writes goes into a log in the suite's folder, which is searched too."""

    def __init__(self, suite: Suite, **settings: str) -> None:
        self._suite = suite
        self._port, self._internal = free_port(), free_port()
        own = {"http_port": str(self._port), "internal_port": str(self._internal)} | settings
        self._settings = {f"MEDIANEST_{name.upper()}": value for name, value in own.items()}
        self._log = suite.state / f"replica-{next(_numbers)}.log"

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def health(self) -> str:
        return f"http://127.0.0.1:{self._internal}/health/ready"

    async def __aenter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "medianest_gateway"),
                cwd=ROOT,
                env=self._suite.environment("gateway") | self._settings,
                stdout=log,
                stderr=log,
            )
        try:
            async with asyncio.timeout(_READY_WITHIN):
                while not await self._is_ready():
                    await asyncio.sleep(0.1)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 10)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def _is_ready(self) -> bool:
        if self._process.returncode is not None:
            raise RuntimeError(f"The second gateway ended: {self._log.read_text(errors='replace')[-2000:]}")
        try:
            async with aiohttp.ClientSession() as http, http.get(self.health) as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False
