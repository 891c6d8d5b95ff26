"""Open connections are asked about again: is the session alive, and are the rights still those of its beginning."""

import asyncio
from collections.abc import Sequence
from typing import Final

from medianest_gateway.hub.client import Client, Close
from medianest_gateway.hub.registry import Hub
from medianest_gateway.sessions import Sessions, State

EVERY_SECONDS: Final = 30.0
_PARTS: Final = 30  # a thirtieth each second, so that thousands of sockets are never looked at at once


class Recheck:
    def __init__(self, hub: Hub, sessions: Sessions) -> None:
        self._hub = hub
        self._sessions = sessions

    async def run(self) -> None:
        """Look at every connection once in 30 s, for ever."""
        while True:
            clients = self._hub.clients
            for part in range(_PARTS):
                if some := [client for client in clients[part::_PARTS] if client.closing is None]:
                    await self.look_at(some)
                await asyncio.sleep(EVERY_SECONDS / _PARTS)

    async def look_at(self, clients: Sequence[Client]) -> None:
        """Close those whose session is over or whose rights have changed; the browser then comes back as it is now."""
        if not clients:
            return
        states = await self._sessions.look([client.identity for client in clients])
        for client, state in zip(clients, states, strict=True):
            await self._act(client, state)

    async def _act(self, client: Client, state: State) -> None:
        if state is State.UNKNOWN:
            if client.is_expired:
                client.close(Close.CHANGED)  # nobody can be asked with this token any more; a new handshake can
                return
            state = await self._sessions.settle(client.identity, state)
        if state is State.ENDED:
            client.close(Close.ENDED)
        elif state is State.OUTDATED:
            client.close(Close.CHANGED)
