"""Control calls for Overseerr."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from medianest_sandbox.catalogue import find
from medianest_sandbox.control.table import BadCall, Call, body_of, done, only, seconds, whole
from medianest_sandbox.overseerr.notifications import ALL_TYPES, DEFAULT_TEMPLATE, encoded
from medianest_sandbox.overseerr.numbers import Mode
from medianest_sandbox.overseerr.request_routes import MEDIA_STATES
from medianest_sandbox.wire import json_reply

if TYPE_CHECKING:
    from medianest_sandbox.app import World


class OverseerrCalls:
    """What happens to titles and requests there, and how its webhook behaves."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def table(self) -> list[Call]:
        """The calls."""
        return [
            Call(
                "POST",
                "/overseerr/media/{kind}/{tmdb_id:int}/{state}",
                self.media,
                example={"is4k": False},
                sample="/overseerr/media/movie/603/available",
            ),
            Call("GET", "/overseerr/requests", self.requests),
            Call(
                "POST", "/overseerr/requests/{id:int}/{decision}", self.decide, sample="/overseerr/requests/1/approve"
            ),
            Call("POST", "/overseerr/mode", self.mode, example={"mode": "overseerr-1.34"}),
            Call("POST", "/overseerr/auto-progress", self.progress, example={"seconds": 30}),
            Call(
                "POST",
                "/overseerr/webhook",
                self.webhook,
                example={"url": "http://127.0.0.1:8080/api/v1/webhooks/overseerr", "authorization": "a long secret"},
            ),
            Call(
                "POST",
                "/overseerr/webhooks",
                self.mischief,
                example={"drop": 0, "double": 1, "reorder": 0, "delay_seconds": 0},
            ),
            Call("GET", "/overseerr/webhooks", self.sent),
            Call("POST", "/overseerr/switches", self.switches, example={"tmdb_down": True}),
            Call(
                "POST",
                "/overseerr/users/{name}/quota",
                self.quota,
                example={"movie_limit": 3, "movie_days": 7},
                sample="/overseerr/users/alice/quota",
            ),
        ]

    async def media(self, request: Request) -> Response:
        """Mark a title (movie or tv) as unknown, pending, processing, partial, available, deleted: its approved
        requests are finished, the webhook is called, and Plex holds it or not. Body optional: is4k, seasons.
        """
        kind, tmdb_id = request.path_params["kind"], request.path_params["tmdb_id"]
        state, title = MEDIA_STATES.get(request.path_params["state"]), find(kind, tmdb_id)
        if title is None:
            raise BadCall("no such title; kind must be movie or tv", 404)
        if state is None:
            raise BadCall(f"the state must be one of {', '.join(MEDIA_STATES)}", 404)
        body = only(await body_of(request), "is4k", "seasons")
        overseerr = self._world.overseerr
        media = overseerr.records.media_of(kind, tmdb_id, getattr(title, "tvdb_id", None))
        overseerr.requesting.set_media(media, state, is4k=bool(body.get("is4k")), seasons=_numbers(body))
        return done(status=int(media.status), status4k=int(media.status4k))

    async def requests(self, _: Request) -> Response:
        """All requests with their titles."""
        return json_reply({"items": self._world.overseerr.summary()})

    async def decide(self, request: Request) -> Response:
        """approve, decline or fail a request, as the owner would in its own pages."""
        overseerr = self._world.overseerr
        found, decision = overseerr.records.requests.get(request.path_params["id"]), request.path_params["decision"]
        if found is None:
            raise BadCall("no such request", 404)
        if decision == "fail":
            overseerr.requesting.fail(found)
        elif decision in {"approve", "decline"}:
            overseerr.requesting.decide(found, decision, overseerr.records.users[1])
        else:
            raise BadCall("the decision must be approve, decline or fail", 404)
        return done(status=int(found.status))

    async def mode(self, request: Request) -> Response:
        """Imitate seerr-3.1 or overseerr-1.34."""
        given = only(await body_of(request), "mode").get("mode")
        if given not in set(Mode):
            raise BadCall(f"mode must be one of {', '.join(Mode)}")
        self._world.overseerr.records.mode = Mode(given)
        self._world.overseerr.records.save()
        return done(mode=given)

    async def progress(self, request: Request) -> Response:
        """Let approved requests arrive by themselves after so many seconds, season by season; null stops that."""
        body = only(await body_of(request), "seconds")
        given = None if body.get("seconds") is None else seconds(body, "seconds", 0)
        self._world.overseerr.auto_progress_seconds = given
        return done(seconds=given)

    async def webhook(self, request: Request) -> Response:
        """Where the webhook goes; null switches it off."""
        body, records = only(await body_of(request), "url", "authorization"), self._world.overseerr.records
        url = body.get("url") or ""
        records.webhook = {
            "enabled": bool(url),
            "types": ALL_TYPES,
            "options": {
                "webhookUrl": str(url),
                "authHeader": str(body.get("authorization") or ""),
                "jsonPayload": encoded(DEFAULT_TEMPLATE),
                "supportVariables": False,
            },
        }
        records.save()
        return done()

    async def mischief(self, request: Request) -> Response:
        """Lose, double or swap (send after the next one) as many of the next webhooks, or delay each."""
        body, sender = await body_of(request), self._world.overseerr.sender
        only(body, "drop", "double", "reorder", "delay_seconds")
        sender.drop = whole(body, "drop", sender.drop)
        sender.double = whole(body, "double", sender.double)
        sender.swap = whole(body, "reorder", sender.swap)
        sender.delay_seconds = seconds(body, "delay_seconds", sender.delay_seconds)
        return done()

    async def sent(self, _: Request) -> Response:
        """The webhooks sent so far and what came of each."""
        return json_reply({"items": list(self._world.overseerr.sender.sent)})

    async def switches(self, request: Request) -> Response:
        """Known troubles: csrf, redirect_https, tmdb_down, import_empty."""
        switches = self._world.overseerr.door.switches
        try:
            switches.change(await body_of(request))
        except ValueError as error:
            raise BadCall(str(error)) from error
        return done(**vars(switches))

    async def quota(self, request: Request) -> Response:
        """A user's quota and permissions."""
        body, records = await body_of(request), self._world.overseerr.records
        only(body, "movie_limit", "movie_days", "tv_limit", "tv_days", "permissions")
        user = next((each for each in records.users.values() if each.name == request.path_params["name"]), None)
        if user is None:
            raise BadCall("no such user in Overseerr", 404)
        for name, value in body.items():
            if value is not None and not isinstance(value, int):
                raise BadCall(f"{name} must be a whole number, or null")
            setattr(user, name, value)
        records.save()
        return done()


def _numbers(body: dict[str, Any]) -> list[int] | None:
    seasons = body.get("seasons")
    if seasons is None:
        return None
    if not isinstance(seasons, list) or not all(isinstance(each, int) for each in seasons):
        raise BadCall("seasons must be a list of numbers")
    return seasons
