"""The Plex server: who may come in, and what it says about itself, its libraries and their items."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

from medianest_sandbox.catalogue import Film, Series, Title
from medianest_sandbox.people import Accounts, Person
from medianest_sandbox.plex import documents, listing, stock
from medianest_sandbox.plex.group_routes import GroupRoutes
from medianest_sandbox.plex.groups import Groups
from medianest_sandbox.plex.images import Images
from medianest_sandbox.plex.library import Item, Library, Section, may_see
from medianest_sandbox.plex.replies import allowed_to_write, failure, items_reply, person_of
from medianest_sandbox.plex.scanning import Scanner
from medianest_sandbox.plextv.documents import SERVER_NAME, SERVER_VERSION
from medianest_sandbox.state import StateFolder
from medianest_sandbox.wire import plex_reply

_HUBS = ("movie", "show", "episode", "season", "artist", "album", "track", "actor", "playlist", "collection")


class PlexServer:
    """One server with its libraries, collections and playlists; an ASGI application."""

    def __init__(self, accounts: Accounts, media: Path, state: StateFolder, *, scan_seconds: float) -> None:
        self.accounts, self._media = accounts, media
        self.library = Library(stock.sections(media))
        self.scanner = Scanner(self.library, seconds=scan_seconds)
        self.groups = Groups(self.library, state)
        self._router = Router(self._routes())
        self.refill()

    def refill(self) -> None:
        """Bring the library back to the first stock and what lies in the media folder."""
        self.library.clear()
        stock.fill(self.library)
        self.scanner.scan_all()

    def reset(self) -> None:
        """As on the first start, but for the files in the media folder."""
        self.scanner.behave()
        self.groups.clear()
        for section in stock.sections(self._media):
            self.library.sections[section.key].folders = section.folders
        self.refill()

    def hold_film(self, film: Title, *, there: bool, added_at: int) -> str | None:
        """Have a film in the library, or not; its rating key when it is there."""
        if not isinstance(film, Film):
            return None
        item = stock.film_item(film, added_at)
        if not there:
            self.library.drop(item.key)
            return None
        if self.library.get(item.key) is None:
            self.library.put(item)
        return item.key

    def hold_series(self, series: Series, seasons: list[int], *, added_at: int) -> str | None:
        """Have these seasons of a series in the library; its rating key when there is any."""
        if not seasons:
            self.library.drop(stock.show_key(series))
            return None
        return stock.put_series(self.library, series, seasons, added_at).key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let nobody in without a token, except to ask for the server's identity."""
        request = Request(scope, receive)
        token = request.headers.get("X-Plex-Token") or request.query_params.get("X-Plex-Token")
        person = self.accounts.by_server_token(token)
        if person is None and not scope["path"].endswith("/plex/identity"):
            await failure(401)(scope, receive, send)
            return
        scope.setdefault("state", {})["person"] = person
        await self._router(scope, receive, send)

    def _routes(self) -> list[BaseRoute]:
        images = Images(self.library, self.groups)
        return [
            Route("/", self.root),
            Route("/identity", self.identity),
            Route("/library/sections", self.sections),
            Route("/library/sections/all", self.sections),
            Route("/library/sections/{key}", self.section),
            Route("/library/sections/{key}/refresh", self.refresh, methods=["GET", "POST", "DELETE"]),
            Route("/library/sections/{key}/all", self.section_items),
            Route("/library/sections/{key}/recentlyAdded", self.recently_added),
            Route("/library/recentlyAdded", self.recently_added),
            Route("/library/metadata/{keys}", self.metadata),
            Route("/library/metadata/{key}/children", self.children),
            Route("/hubs/search", self.search),
            *images.routes(),
            *GroupRoutes(self.library, self.groups, self.accounts).routes(),
            Route("/{rest:path}", self.unknown, methods=["GET", "POST", "PUT", "DELETE"]),
        ]

    async def unknown(self, _: Request) -> Response:
        """Anything else."""
        return failure(404)

    async def identity(self, request: Request) -> Response:
        """Which server this is; needs no token."""
        return plex_reply(
            request,
            "MediaContainer",
            documents.container(
                0,
                claimed=True,
                machineIdentifier=self.accounts.machine_identifier,
                version=SERVER_VERSION,
            ),
        )

    async def root(self, request: Request) -> Response:
        """What the server tells about itself to whoever has a good token."""
        owner = person_of(request)
        about = documents.container(
            0,
            allowSync=True,
            allowMediaDeletion=owner.role == "owner",
            friendlyName=SERVER_NAME,
            machineIdentifier=self.accounts.machine_identifier,
            multiuser=True,
            myPlex=True,
            myPlexMappingState="mapped",
            myPlexSigninState="ok",
            myPlexSubscription=True,
            myPlexUsername="owner@example.test",
            platform="Linux",
            platformVersion="6.8",
            transcoderActiveVideoSessions=0,
            transcoderVideo=True,
            updatedAt=max(each.changed_at for each in self.library.sections.values()),
            version=SERVER_VERSION,
        )
        return plex_reply(request, "MediaContainer", about)

    async def sections(self, request: Request) -> Response:
        """The libraries that this person may see."""
        person = person_of(request)
        found = [documents.section(each) for each in self.library.sections.values() if may_see(person, each.key)]
        head = documents.container(len(found), allowSync=False, title1="Plex Library", Directory=found)
        return plex_reply(request, "MediaContainer", head)

    async def section(self, request: Request) -> Response:
        """One library."""
        section = self._section(request)
        if section is None:
            return failure(404)
        head = documents.container(1, librarySectionID=int(section.key), Directory=[documents.section(section)])
        return plex_reply(request, "MediaContainer", head)

    async def refresh(self, request: Request) -> Response:
        """Queue or cancel a scan; answers at once and says nothing about what it will find."""
        section = self._section(request)
        if section is None:
            return failure(404)
        if not allowed_to_write(request):
            return failure(403)
        if request.method == "DELETE":
            self.scanner.cancel(section)
        else:
            self.scanner.request(section, request.query_params.get("path"))
        return HTMLResponse("")

    async def section_items(self, request: Request) -> Response:
        """The items of a library, filtered, sorted and in pages."""
        section = self._section(request)
        if section is None:
            return failure(404)
        type_ = listing.type_name(request.query_params.get("type")) or section.type
        found = listing.chosen(self.library.items(person_of(request), section=section.key, type_=type_), request)
        return items_reply(request, self.library, found, section=section)

    async def recently_added(self, request: Request) -> Response:
        """Films and seasons, the newest first."""
        section = None
        if "key" in request.path_params:
            section = self._section(request)
            if section is None:
                return failure(404)
        items = self.library.items(person_of(request), section=section.key if section else None)
        found = sorted(
            (each for each in items if each.type in {"movie", "season"}),
            key=lambda each: (each.added_at, int(each.key)),
            reverse=True,
        )
        return items_reply(request, self.library, found, section=section)

    async def metadata(self, request: Request) -> Response:
        """One item or several, by their rating keys; 404 when none of them is there."""
        person = person_of(request)
        keys = request.path_params["keys"].split(",")
        found = [item for key in keys if (item := self.library.seen_by(person, key))]
        return items_reply(request, self.library, found, guids=True) if found else failure(404)

    async def children(self, request: Request) -> Response:
        """The seasons of a show, the episodes of a season."""
        item = self.library.seen_by(person_of(request), request.path_params["key"])
        return items_reply(request, self.library, self.library.children(item.key)) if item else failure(404)

    async def search(self, request: Request) -> Response:
        """Hubs with what this person may see, empty ones too; 400 without a query."""
        query = request.query_params.get("query", "").casefold()
        if not query:
            return failure(400)
        limit = request.query_params.get("limit", "")
        person, section = person_of(request), request.query_params.get("sectionId")
        items = [item for item in self.library.items(person, section=section) if query in item.title.casefold()]
        hubs = [self._hub(kind, items, int(limit) if limit.isdigit() else 3) for kind in _HUBS if kind != "collection"]
        if request.query_params.get("includeCollections") == "1":
            hubs.append(self._collection_hub(query, person))
        return plex_reply(request, "MediaContainer", documents.container(len(hubs), Hub=hubs))

    def _hub(self, kind: str, items: list[Item], limit: int) -> dict[str, Any]:
        hits = [item for item in items if item.type == kind]
        shown = [documents.item(item, self.library, guids=False) for item in hits[:limit]]
        return _hub(kind, shown, more=len(hits) > limit)

    def _collection_hub(self, query: str, person: Person) -> dict[str, Any]:
        hits = [each for each in self.groups.collections() if query in each.title.casefold()]
        shown = [
            documents.group(each, len(self.groups.members(each)))
            for each in hits
            if each.section and may_see(person, each.section)
        ]
        return _hub("collection", shown, more=False)

    def _section(self, request: Request) -> Section | None:
        section = self.library.sections.get(request.path_params["key"])
        return section if section and may_see(person_of(request), section.key) else None


def _hub(kind: str, shown: list[dict[str, Any]], *, more: bool) -> dict[str, Any]:
    hub: dict[str, Any] = {
        "title": f"{kind.capitalize()}s",
        "type": kind,
        "hubIdentifier": kind,
        "context": f"hub.{kind}",
        "size": len(shown),
        "more": more,
        "style": "shelf",
    }
    return hub | ({"Metadata": shown} if shown else {})
