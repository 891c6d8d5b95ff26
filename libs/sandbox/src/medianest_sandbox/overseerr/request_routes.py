"""The routes of requests and of media."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from medianest_sandbox.overseerr.documents import Documents
from medianest_sandbox.overseerr.door import Door, body_of, number, page_reply, paged
from medianest_sandbox.overseerr.numbers import MediaStatus, Mode, Permission, RequestStatus
from medianest_sandbox.overseerr.records import Media, MediaRequest, Records, User
from medianest_sandbox.overseerr.replies import Refused, bad_input, no_permission
from medianest_sandbox.overseerr.requesting import Requesting, Wish
from medianest_sandbox.wire import json_reply

_OPEN_MEDIA = {MediaStatus.UNKNOWN, MediaStatus.PENDING, MediaStatus.PROCESSING, MediaStatus.PARTIALLY_AVAILABLE}
_FILTERS = ("all", "approved", "available", "pending", "processing", "unavailable", "failed")
_SEERR_FILTERS = (*_FILTERS, "deleted", "completed")
MEDIA_STATES = {
    "unknown": MediaStatus.UNKNOWN,
    "pending": MediaStatus.PENDING,
    "processing": MediaStatus.PROCESSING,
    "partial": MediaStatus.PARTIALLY_AVAILABLE,
    "available": MediaStatus.AVAILABLE,
    "deleted": MediaStatus.DELETED,
}


class RequestRoutes:
    """Making, reading, deciding and deleting requests; reading and marking media."""

    def __init__(self, door: Door, documents: Documents, requesting: Requesting) -> None:
        self._door, self._documents, self._requesting = door, documents, requesting

    @property
    def _records(self) -> Records:
        return self._door.records

    def routes(self) -> list[BaseRoute]:
        """The routes."""
        route = self._door.route
        listing = ("take", "skip", "filter", "sort", "requestedBy")
        return [
            route("/request", self.list_requests, query=listing, seerr_query=("sortDirection", "mediaType")),
            route("/request", self.create, methods=("POST",)),
            route("/request/count", self.count),
            route("/request/{id:int}", self.one),
            route("/request/{id:int}", self.edit, methods=("PUT",)),
            route("/request/{id:int}", self.delete, methods=("DELETE",)),
            route("/request/{id:int}/{decision}", self.decide, methods=("POST",), needs=Permission.MANAGE_REQUESTS),
            route("/media", self.list_media, query=("take", "skip", "filter", "sort")),
            route("/media/{id:int}/{state}", self.mark, methods=("POST",), needs=Permission.MANAGE_REQUESTS),
            route("/media/{id:int}", self.forget, methods=("DELETE",), needs=Permission.MANAGE_REQUESTS),
        ]

    async def create(self, request: Request, user: User | None) -> Response:
        """Make a request: 201, or 202 when there was nothing left to ask for."""
        acting = _present(user)
        made = self._requesting.create(acting, _wish(await body_of(request)))
        if made is None:
            return json_reply({"message": "No seasons available to request"}, 202)
        return json_reply(self._documents.created(made), 201)

    async def list_requests(self, request: Request, user: User | None) -> Response:
        """One page of requests, the newest first."""
        acting, query = _present(user), request.query_params
        wanted = query.get("filter", "all")
        if wanted not in (_SEERR_FILTERS if self._records.mode is Mode.SEERR else _FILTERS):
            raise bad_input(".query.filter", "must be equal to one of the allowed values")
        found = [each for each in self._records.requests.values() if self._passes(each, wanted)]
        if query.get("mediaType", "all") != "all":
            found = [each for each in found if each.kind == query["mediaType"]]
        by = number(request, "requestedBy", 0) if self._documents.may_see_all(acting) else acting.id
        found = [each for each in found if by in {0, each.user_id}]
        found.sort(
            key=lambda each: (each.updated if query.get("sort") == "modified" else "", each.id),
            reverse=query.get("sortDirection", "desc") == "desc",
        )
        shown, info = paged(found, take=number(request, "take", 10), skip=number(request, "skip", 0))
        more: dict[str, Any] = (
            {"serviceErrors": {"radarr": [], "sonarr": []}} if self._records.mode is Mode.SEERR else {}
        )
        full = acting.may(Permission.MANAGE_USERS)
        return page_reply([self._documents.request(each, full=full, in_list=True) for each in shown], info, **more)

    async def count(self, _: Request, __: User | None) -> Response:
        """How many requests there are in each state."""
        every = list(self._records.requests.values())
        document = {
            "total": len(every),
            "movie": sum(each.kind == "movie" for each in every),
            "tv": sum(each.kind == "tv" for each in every),
            "pending": sum(each.status == RequestStatus.PENDING for each in every),
            "approved": sum(each.status == RequestStatus.APPROVED for each in every),
            "declined": sum(each.status == RequestStatus.DECLINED for each in every),
            "processing": sum(self._passes(each, "processing") for each in every),
            "available": sum(self._passes(each, "available") for each in every),
        }
        if self._records.mode is Mode.SEERR:
            document["completed"] = sum(each.status == RequestStatus.COMPLETED for each in every)
        return json_reply(document)

    async def one(self, request: Request, user: User | None) -> Response:
        """One request; 403 for somebody else's without the right to see it."""
        acting, found = _present(user), self._request(request)
        if found.user_id != acting.id and not self._documents.may_see_all(acting):
            raise no_permission()
        return json_reply(self._documents.one(found, full=acting.may(Permission.MANAGE_USERS)))

    async def edit(self, request: Request, user: User | None) -> Response:
        """Change the seasons of a pending request."""
        acting, found = _present(user), self._request(request)
        if found.user_id != acting.id and not acting.may(Permission.MANAGE_REQUESTS):
            raise no_permission()
        if found.status != RequestStatus.PENDING:
            raise Refused(403, "You do not have permission to edit this request.")
        seasons = (await body_of(request)).get("seasons")
        if found.kind == "tv" and isinstance(seasons, list) and seasons:
            found.seasons = sorted({each for each in seasons if isinstance(each, int)})
        self._records.save()
        return json_reply(self._documents.request(found))

    async def delete(self, request: Request, user: User | None) -> Response:
        """Delete a request: one's own while pending, any with the right to manage."""
        acting, found = _present(user), self._request(request)
        own = found.user_id == acting.id and found.status == RequestStatus.PENDING
        if not own and not acting.may(Permission.MANAGE_REQUESTS):
            raise Refused(401, "You do not have permission to delete this request.")
        self._requesting.delete(found)
        return Response(status_code=204)

    async def decide(self, request: Request, user: User | None) -> Response:
        """approve, decline, pending, retry."""
        decision = request.path_params["decision"]
        if decision not in {"approve", "decline", "pending", "retry"}:
            raise bad_input(".params.status", "must be equal to one of the allowed values")
        found = self._request(request)
        self._requesting.decide(found, decision, _present(user))
        return json_reply(self._documents.request(found))

    async def list_media(self, request: Request, _: User | None) -> Response:
        """One page of everything that something is known of."""
        wanted = request.query_params.get("filter", "all")
        states = {
            "all": set(MediaStatus),
            "available": {MediaStatus.AVAILABLE},
            "partial": {MediaStatus.PARTIALLY_AVAILABLE},
            "allavailable": {MediaStatus.AVAILABLE, MediaStatus.PARTIALLY_AVAILABLE},
            "processing": {MediaStatus.PROCESSING},
            "pending": {MediaStatus.PENDING},
            "deleted": {MediaStatus.DELETED},
        }
        if wanted not in states:
            raise bad_input(".query.filter", "must be equal to one of the allowed values")
        found = [each for each in self._records.media.values() if each.status in states[wanted]]
        shown, info = paged(found[::-1], take=number(request, "take", 20), skip=number(request, "skip", 0))
        return page_reply([self._documents.media(each) for each in shown], info)

    async def mark(self, request: Request, _: User | None) -> Response:
        """Say that a title is available, or is not."""
        state = MEDIA_STATES.get(request.path_params["state"])
        if state is None:
            raise bad_input(".params.status", "must be equal to one of the allowed values")
        media = self._media(request)
        self._requesting.set_media(media, state, is4k=bool((await body_of(request)).get("is4k")))
        return json_reply(self._documents.media(media))

    async def forget(self, request: Request, _: User | None) -> Response:
        """Delete what is known of a title, and its requests."""
        media = self._media(request)
        for each in self._records.requests_for(media):
            self._records.requests.pop(each.id)
        self._records.media.pop(media.id)
        self._records.save()
        return Response(status_code=204)

    def _passes(self, request: MediaRequest, wanted: str) -> bool:
        media = self._records.media[request.media_id]
        state, seerr = media.state(is4k=request.is4k), self._records.mode is Mode.SEERR
        done = RequestStatus.COMPLETED if seerr else RequestStatus.APPROVED
        return {
            "all": True,
            "approved": request.status == RequestStatus.APPROVED,
            "available": request.status == done and state == MediaStatus.AVAILABLE,
            "pending": request.status == RequestStatus.PENDING,
            "processing": request.status == RequestStatus.APPROVED and state == MediaStatus.PROCESSING,
            "unavailable": request.status in {RequestStatus.PENDING, RequestStatus.APPROVED} and state in _OPEN_MEDIA,
            "failed": request.status == RequestStatus.FAILED,
            "deleted": state == MediaStatus.DELETED,
            "completed": request.status == RequestStatus.COMPLETED,
        }[wanted]

    def _request(self, request: Request) -> MediaRequest:
        found = self._records.requests.get(request.path_params["id"])
        if found is None:
            raise Refused(404, "Request not found.")
        return found

    def _media(self, request: Request) -> Media:
        found = self._records.media.get(request.path_params["id"])
        if found is None:
            raise Refused(404, "Media does not exist.")
        return found


def _present(user: User | None) -> User:
    if user is None:
        raise no_permission()
    return user


def _wish(body: dict[str, Any]) -> Wish:
    kind, media_id, seasons = body.get("mediaType"), body.get("mediaId"), body.get("seasons")
    is4k, user_id = body.get("is4k"), body.get("userId")
    if kind not in {"movie", "tv"}:
        raise bad_input(".body.mediaType", "must be equal to one of the allowed values: movie, tv")
    if not isinstance(media_id, int):
        raise bad_input(".body.mediaId", "must be number")
    if is4k is not None and not isinstance(is4k, bool):
        raise bad_input(".body.is4k", "must be boolean")
    if seasons is not None and seasons != "all" and not isinstance(seasons, list):
        raise bad_input(".body.seasons", "must match exactly one schema in oneOf")
    if kind == "tv" and seasons is None:
        raise Refused(500, "Cannot read properties of undefined (reading 'filter')")
    if user_id is not None and not isinstance(user_id, int):
        raise bad_input(".body.userId", "must be number")
    return Wish(kind, media_id, is4k, seasons, user_id)
