"""The routes of collections and playlists."""

import re

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from medianest_sandbox.people import Accounts
from medianest_sandbox.plex import documents, listing
from medianest_sandbox.plex.groups import Group, Groups
from medianest_sandbox.plex.library import Library, may_see
from medianest_sandbox.plex.replies import allowed_to_write, failure, items_reply, person_of
from medianest_sandbox.wire import plex_reply

_URI = re.compile(r"^server://([^/]+)/com\.plexapp\.plugins\.library/library/metadata/([\d,]+)$")


class GroupRoutes:
    """Collections are changed by the owner alone, playlists by whoever's token made them."""

    def __init__(self, library: Library, groups: Groups, accounts: Accounts) -> None:
        self._library, self._groups, self._accounts = library, groups, accounts

    def routes(self) -> list[BaseRoute]:
        """Everything under /library/collections and /playlists, and what a section says of its collections."""
        return [
            Route("/library/sections/{key}/collections", self.section_collections),
            Route("/library/sections/{key}/all", self.edit_section, methods=["PUT"]),
            Route("/library/collections", self.create_collection, methods=["POST"]),
            Route("/library/collections/{id}", self.one, methods=["GET"]),
            Route("/library/collections/{id}", self.delete, methods=["DELETE"]),
            Route("/library/collections/{id}/items", self.items, methods=["GET"]),
            Route("/library/collections/{id}/children", self.items, methods=["GET"]),
            Route("/library/collections/{id}/items", self.add, methods=["PUT"]),
            Route("/library/collections/{id}/items/{item}", self.remove, methods=["DELETE", "PUT"]),
            Route("/playlists", self.playlists, methods=["GET"]),
            Route("/playlists", self.create_playlist, methods=["POST"]),
            Route("/playlists/{id}", self.one, methods=["GET"]),
            Route("/playlists/{id}", self.edit_playlist, methods=["PUT"]),
            Route("/playlists/{id}", self.delete, methods=["DELETE"]),
            Route("/playlists/{id}/items", self.items, methods=["GET"]),
            Route("/playlists/{id}/items", self.add, methods=["PUT"]),
            Route("/playlists/{id}/items", self.empty, methods=["DELETE"]),
            Route("/playlists/{id}/items/{item}", self.remove, methods=["DELETE"]),
        ]

    async def section_collections(self, request: Request) -> Response:
        """The collections of a library."""
        key = request.path_params["key"]
        if key not in self._library.sections or not may_see(person_of(request), key):
            return failure(404)
        return self._list(request, self._groups.collections(key))

    async def playlists(self, request: Request) -> Response:
        """The caller's own playlists."""
        return self._list(request, self._groups.playlists(person_of(request).id))

    async def create_collection(self, request: Request) -> Response:
        """Make a collection; titles need not be unique, the section must exist."""
        query = request.query_params
        type_ = listing.type_name(query.get("type"))
        if not allowed_to_write(request):
            return failure(403)
        if query.get("sectionId") not in self._library.sections or not query.get("title") or type_ is None:
            return failure(400)
        keys = self._keys(request)
        if keys is None or (query.get("smart") == "1" and not keys):
            return failure(400)
        group = self._groups.create("collection", title=query["title"], type_=type_, section=query["sectionId"])
        self._groups.add(group, keys)
        return self._list(request, [group])

    async def create_playlist(self, request: Request) -> Response:
        """Make a playlist that belongs to the account whose token came with the call."""
        query = request.query_params
        keys = self._keys(request)
        if not query.get("title") or query.get("type") != "video" or keys is None:
            return failure(400)
        group = self._groups.create("playlist", title=query["title"], type_="video", owner=person_of(request).id)
        self._groups.add(group, keys)
        return self._list(request, [group])

    async def one(self, request: Request) -> Response:
        """One collection or playlist."""
        group = self._group(request)
        return self._list(request, [group]) if group else failure(404)

    async def items(self, request: Request) -> Response:
        """The members, in order and in pages."""
        group = self._group(request)
        if group is None:
            return failure(404)
        person = person_of(request)
        found = [item for key in self._groups.members(group) if (item := self._library.seen_by(person, key))]
        return items_reply(request, self._library, found)

    async def add(self, request: Request) -> Response:
        """Append items."""
        group = self._group(request)
        if group is None:
            return failure(404)
        if not self._may_change(request, group):
            return failure(403)
        keys = self._keys(request)
        if not keys:
            return failure(400)
        self._groups.add(group, keys)
        return self._list(request, [group])

    async def remove(self, request: Request) -> Response:
        """Take one item out; 400 when it is not in."""
        group = self._group(request)
        if group is None:
            return failure(404)
        if not self._may_change(request, group):
            return failure(403)
        return HTMLResponse("") if self._groups.remove(group, request.path_params["item"]) else failure(400)

    async def empty(self, request: Request) -> Response:
        """Take everything out of a playlist."""
        group = self._group(request)
        if group is None:
            return failure(404)
        self._groups.empty(group)
        return HTMLResponse("")

    async def delete(self, request: Request) -> Response:
        """Remove the group; its items stay."""
        group = self._group(request)
        if group is None:
            return failure(404)
        if not self._may_change(request, group):
            return failure(403)
        self._groups.delete(group)
        return HTMLResponse("", 204 if group.kind == "playlist" else 200)

    async def edit_playlist(self, request: Request) -> Response:
        """Change a playlist's title or summary."""
        group = self._group(request)
        if group is None:
            return failure(404)
        query = request.query_params
        self._groups.rename(group, title=query.get("title"), summary=query.get("summary"))
        return HTMLResponse("")

    async def edit_section(self, request: Request) -> Response:
        """Retitle a collection (409 when the name is taken), or tag an item into one."""
        key, query = request.path_params["key"], request.query_params
        if key not in self._library.sections:
            return failure(404)
        if not allowed_to_write(request):
            return failure(403)
        if "collection[0].tag.tag" in query:
            return self._tag(key, query["collection[0].tag.tag"], query.get("id", ""))
        group = self._groups.get("collection", query.get("id", ""))
        if query.get("type") != "18" or group is None or group.section != key:
            return failure(404)
        title = query.get("title.value")
        if any(each.title == title and each is not group for each in self._groups.collections(key)):
            return failure(409)
        self._groups.rename(group, title=title, summary=query.get("summary.value"))
        return HTMLResponse("")

    def _tag(self, section: str, title: str, key: str) -> Response:
        item = self._library.get(key)
        if item is None or item.section != section:
            return failure(404)
        group = next((each for each in self._groups.collections(section) if each.title == title), None)
        group = group or self._groups.create("collection", title=title, type_=item.type, section=section)
        self._groups.add(group, [key])
        return HTMLResponse("")

    def _group(self, request: Request) -> Group | None:
        """The group in the path, if the caller may know of it: others' playlists are not there."""
        kind = "playlist" if "/playlists" in request.url.path else "collection"
        group = self._groups.visible(person_of(request), request.path_params["id"])
        return group if group and group.kind == kind else None

    def _may_change(self, request: Request, group: Group) -> bool:
        return group.kind == "playlist" or allowed_to_write(request)

    def _keys(self, request: Request) -> list[str] | None:
        """The rating keys in `uri` that the caller may see; [] without one, None when it is not one of ours."""
        uri = request.query_params.get("uri", "")
        if not uri:
            return []
        matched = _URI.match(uri)
        if matched is None or matched.group(1) != self._accounts.machine_identifier:
            return None
        person = person_of(request)
        return [key for key in matched.group(2).split(",") if self._library.seen_by(person, key)]

    def _list(self, request: Request, groups: list[Group]) -> Response:
        page = listing.Page.of(request)
        shown = [documents.group(each, len(self._groups.members(each))) for each in groups]
        size = len(shown) if page.size is None else page.size
        cut = shown[page.start : page.start + size]
        head = documents.container(len(cut), totalSize=len(shown), offset=page.start, Metadata=cut)
        return plex_reply(request, "MediaContainer", head)
