"""One way to look at any kind of integration."""

from collections.abc import Awaitable, Callable

import httpx2

from medianest_common.contracts.status import IntegrationKind
from medianest_status.clients import overseerr, plex, uptime_kuma, web
from medianest_status.clients.asking import Asker
from medianest_status.domain.integrations import Target
from medianest_status.domain.probes import Examination

_LOOKS: dict[IntegrationKind, Callable[[Asker, Target], Awaitable[Examination]]] = {
    IntegrationKind.PLEX: plex.look,
    IntegrationKind.OVERSEERR: overseerr.look,
    IntegrationKind.UPTIME_KUMA: uptime_kuma.look,
    IntegrationKind.HTTP: web.look,
}


class Examiner:
    """Makes askers with the deadlines of the settings; `transport` is a test's way in."""

    def __init__(
        self, *, deadline: float, slow_after_ms: int, transport: Callable[[], httpx2.AsyncBaseTransport] | None = None
    ) -> None:
        self._deadline = deadline
        self._slow_after_ms = slow_after_ms
        self._transport = transport

    def asker(self, name: str) -> Asker:
        """A way to ask one integration, to be closed by its user."""
        transport = self._transport() if self._transport is not None else None
        return Asker(name, deadline=self._deadline, slow_after_ms=self._slow_after_ms, transport=transport)

    async def look(self, asker: Asker, target: Target) -> Examination:
        return await _LOOKS[target.kind](asker, target)

    async def look_once(self, target: Target) -> Examination:
        """A single look, as before saving."""
        async with self.asker(target.id) as asker:
            return await self.look(asker, target)
