"""Faults, calls, people, and the manual; joins the tables of the single systems."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from medianest_sandbox.control import manual
from medianest_sandbox.control.kuma_calls import KumaCalls
from medianest_sandbox.control.overseerr_calls import OverseerrCalls
from medianest_sandbox.control.plex_calls import PlexCalls
from medianest_sandbox.control.table import BadCall, Call, body_of, done
from medianest_sandbox.control.video_calls import VideoCalls
from medianest_sandbox.faults import SYSTEMS, BadFault
from medianest_sandbox.wire import base_url, json_reply

if TYPE_CHECKING:
    from medianest_sandbox.app import World


class Control:
    """The control API and the front page."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._table = [
            *self._own_table(),
            *PlexCalls(world).table(),
            *OverseerrCalls(world).table(),
            *KumaCalls(world).table(),
            *VideoCalls(world).table(),
        ]

    def routes(self) -> list[BaseRoute]:
        """Everything below /control."""
        return [call.route() for call in self._table]

    def _own_table(self) -> list[Call]:
        return [
            Call("GET", "/docs", self.docs),
            Call("GET", "/health", self.health),
            Call("GET", "/people", self.people),
            Call("POST", "/reset", self.reset),
            Call("GET", "/faults", self.faults),
            Call("POST", "/faults", self.add_fault, example={"system": "plex", "kind": "down"}),
            Call("DELETE", "/faults", self.clear_faults),
            Call("GET", "/calls", self.calls, sample="/calls?system=overseerr"),
            Call("DELETE", "/calls", self.clear_calls),
        ]

    async def front(self, request: Request) -> Response:
        """The front page, with buttons for what is wanted most."""
        return manual.front(self._world, base_url(request))

    async def docs(self, request: Request) -> Response:
        """This page."""
        return manual.docs(self._table, base_url(request))

    async def health(self, _: Request) -> Response:
        """Says that the sandbox answers."""
        return json_reply({"status": "ok"})

    async def people(self, _: Request) -> Response:
        """Everybody, with account token and server token."""
        accounts = self._world.accounts
        items = [
            {
                "username": person.username,
                "id": person.id,
                "uuid": person.uuid,
                "title": person.title,
                "email": person.email,
                "role": person.role,
                "about": person.about,
                "has_access": accounts.has_access(person),
                "token": accounts.token(person),
                "server_token": accounts.server_token(person) if accounts.has_access(person) else None,
            }
            for person in accounts.people
        ]
        return json_reply({"items": items, "machine_identifier": accounts.machine_identifier})

    async def reset(self, _: Request) -> Response:
        """Everything as on the first start; files in the media folder stay."""
        self._world.reset()
        return done()

    async def faults(self, _: Request) -> Response:
        """The faults that are on, and how many calls each has hit."""
        return json_reply({"items": [fault.document() for fault in self._world.faults.items()]})

    async def add_fault(self, request: Request) -> Response:
        """Let a system (plextv, plex, overseerr, uptime_kuma, video) misbehave: down, delay, status, garbage,
        truncated. value: seconds for delay, a code for status; path: only paths that begin so, with or without the
        system's own prefix; times: only so many calls; retry_after: seconds, sent along with a status.
        """
        try:
            fault = self._world.faults.add(await body_of(request))
        except BadFault as error:
            raise BadCall(str(error)) from error
        return json_reply(fault.document(), 201)

    async def clear_faults(self, request: Request) -> Response:
        """Let all systems behave again, or one (?system=)."""
        self._world.faults.clear(_system(request))
        return done()

    async def calls(self, request: Request) -> Response:
        """What was asked of a system, oldest first; the newest 2,000 are kept."""
        return json_reply({"items": self._world.calls.items(_system(request))})

    async def clear_calls(self, request: Request) -> Response:
        """Forget what was asked, of all systems or one (?system=)."""
        self._world.calls.clear(_system(request))
        return done()


def _system(request: Request) -> str | None:
    system = request.query_params.get("system")
    if system is not None and system not in (*SYSTEMS, "tmdb"):
        raise BadCall(f"system must be one of {', '.join(SYSTEMS)}, tmdb")
    return system
