"""Control calls for plex.tv and the Plex server."""

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from medianest_sandbox.control.table import BadCall, Call, body_of, done, only, seconds
from medianest_sandbox.people import Person
from medianest_sandbox.plextv.pins import Pin
from medianest_sandbox.wire import json_reply

if TYPE_CHECKING:
    from medianest_sandbox.app import World

_NAME = re.compile(r"[a-z][a-z0-9]{0,30}")  # tokens are parted by hyphens
_ROLES = ("shared", "home", "stranger", "elsewhere")


class PlexCalls:
    """What happens to PINs, people, the server's identity, scans and collections."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def table(self) -> list[Call]:
        """The calls."""
        return [
            Call(
                "POST",
                "/plex/pins/{code}/claim",
                self.claim,
                example={"username": "alice"},
                sample="/plex/pins/7RQZ/claim",
            ),
            Call("POST", "/plex/pins/{code}/expire", self.expire, sample="/plex/pins/7RQZ/expire"),
            Call("POST", "/plex/people", self.join, example={"username": "carol", "role": "shared"}),
            Call("POST", "/plex/people/{username}/unshare", self.unshare, sample="/plex/people/alice/unshare"),
            Call("POST", "/plex/people/{username}/share", self.share, sample="/plex/people/alice/share"),
            Call("POST", "/plex/people/{username}/revoke", self.revoke, sample="/plex/people/alice/revoke"),
            Call(
                "POST",
                "/plex/machine-id",
                self.machine,
                example={"machine_identifier": "0123456789abcdef0123456789abcdef01234567"},
            ),
            Call("POST", "/plex/scan", self.scan, example={"delay_seconds": 2, "miss_first": True}),
            Call(
                "POST",
                "/plex/libraries/{key}/folders",
                self.add_folder,
                example={"path": "/srv/media/shows"},
                sample="/plex/libraries/2/folders",
            ),
            Call("GET", "/plex/collections", self.groups),
            Call("DELETE", "/plex/collections/{key}", self.vanish, sample="/plex/collections/9000000"),
        ]

    async def claim(self, request: Request) -> Response:
        """Do what a person does at plex.tv/link or on the consent page: sign in to the application that shows the
        code.
        """
        person = self._person(str(only(await body_of(request), "username").get("username", "")))
        self._world.plextv.claim(self._pin(request), person)
        return done(username=person.username)

    async def expire(self, request: Request) -> Response:
        """Let a PIN's time be over."""
        self._pin(request).expires = time.time()
        return done()

    async def join(self, request: Request) -> Response:
        """Make a Plex account for somebody new. role: shared (default), home, stranger or elsewhere; email may be
        null.
        """
        body = only(await body_of(request), "username", "role", "email")
        name, role, email = body.get("username"), body.get("role", "shared"), body.get("email")
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            raise BadCall("username must be a small letter, then small letters and digits")
        if role not in _ROLES:
            raise BadCall(f"role must be one of {', '.join(_ROLES)}")
        if not (email is None or isinstance(email, str)):
            raise BadCall("email must be a string, or null")
        if self._world.accounts.named(name):
            raise BadCall(f"there is a person called {name} already", 409)
        person = self._world.accounts.join(name, role=role, email=email)
        return json_reply({"username": person.username, "id": person.id, "role": person.role}, 201)

    async def unshare(self, request: Request) -> Response:
        """Stop sharing the server with somebody."""
        return self._set_share(request, shared=False)

    async def share(self, request: Request) -> Response:
        """Share it again."""
        return self._set_share(request, shared=True)

    async def revoke(self, request: Request) -> Response:
        """Withdraw all of somebody's tokens (401 from then on); the next sign-in gets good ones."""
        self._world.accounts.revoke(self._person(request.path_params["username"]))
        return done()

    async def machine(self, request: Request) -> Response:
        """Give the server another machine identifier; null gives the first one back."""
        given = only(await body_of(request), "machine_identifier").get("machine_identifier")
        if given is not None and not (isinstance(given, str) and given):
            raise BadCall("machine_identifier must be a string, or null")
        self._world.accounts.change_machine(given)
        return done(machine_identifier=self._world.accounts.machine_identifier)

    async def scan(self, request: Request) -> Response:
        """How scans go: how long they take, and whether the first scan of a new folder misses it."""
        body, scanner = only(await body_of(request), "delay_seconds", "miss_first"), self._world.plex.scanner
        scanner.seconds = seconds(body, "delay_seconds", scanner.seconds)
        scanner.miss_first = bool(body.get("miss_first", scanner.miss_first))
        return done(delay_seconds=scanner.seconds, miss_first=scanner.miss_first)

    async def add_folder(self, request: Request) -> Response:
        """Add a folder of this machine to a library, until the next reset; 2 is the one of series, which reads
        `Show/Season 2026/Show - s2026e082101 - Title.mp4`.
        """
        section = self._world.plex.library.sections.get(request.path_params["key"])
        path = only(await body_of(request), "path").get("path")
        if section is None:
            raise BadCall("no such library", 404)
        if not (isinstance(path, str) and Path(path).is_absolute()):
            raise BadCall("path must be that of a folder, from the root")
        section.folders = list(dict.fromkeys((*section.folders, path)))
        return done(folders=section.folders)

    async def groups(self, _: Request) -> Response:
        """All collections and playlists with their members."""
        return json_reply({"items": self._world.plex.groups.everything()})

    async def vanish(self, request: Request) -> Response:
        """Let a collection or playlist vanish, as when somebody deletes it in Plex."""
        groups, key = self._world.plex.groups, request.path_params["key"]
        group = groups.get("collection", key) or groups.get("playlist", key)
        if group is None:
            raise BadCall("no such collection or playlist", 404)
        groups.delete(group)
        return done()

    def _pin(self, request: Request) -> Pin:
        pin = self._world.plextv.pins.by_code(request.path_params["code"])
        if pin is None:
            raise BadCall("no such PIN, or its time is over", 404)
        return pin

    def _set_share(self, request: Request, *, shared: bool) -> Response:
        self._world.accounts.share(self._person(request.path_params["username"]), shared=shared)
        return done()

    def _person(self, username: str) -> Person:
        person = self._world.accounts.named(username)
        if person is None:
            known = ", ".join(each.username for each in self._world.accounts.people)
            raise BadCall(f"no such person; there are {known}", 404)
        return person
