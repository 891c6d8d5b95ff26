"""Pictures of items: drawn for films and series, the file beside the video for videos that have one."""

import io
import re

from PIL import Image, UnidentifiedImageError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from medianest_sandbox import posters
from medianest_sandbox.plex.groups import Groups
from medianest_sandbox.plex.library import VIDEOS, Item, Library
from medianest_sandbox.plex.replies import failure, person_of

_PICTURE = re.compile(r"^/library/metadata/(\d+)/(thumb|art)(?:/\d+)?$")
_COMPOSITE = re.compile(r"^/(library/collections|playlists)/(\d+)/composite/\d+$")
_MOST_PIXELS = 4_000


class Images:
    """The routes that answer with picture bytes."""

    def __init__(self, library: Library, groups: Groups) -> None:
        self._library, self._groups = library, groups

    def routes(self) -> list[BaseRoute]:
        """Plain pictures and resized ones."""
        return [
            Route("/library/metadata/{key}/{kind:str}/{stamp:int}", self.plain),
            Route("/library/collections/{id}/composite/{stamp:int}", self.composite),
            Route("/playlists/{id}/composite/{stamp:int}", self.composite),
            Route("/photo/:/transcode", self.transcode),
        ]

    async def plain(self, request: Request) -> Response:
        """The picture as it is."""
        item = self._library.seen_by(person_of(request), request.path_params["key"])
        kind = request.path_params["kind"]
        if item is None or kind not in {"thumb", "art"}:
            return failure(404)
        return await run_in_threadpool(_answer, item, kind, None)

    async def transcode(self, request: Request) -> Response:
        """The picture at a size; 400 when the arguments make no sense, 404 when there is no such picture."""
        width, height = request.query_params.get("width", ""), request.query_params.get("height", "")
        url = request.query_params.get("url", "").partition("?")[0]
        if not (width.isdigit() and height.isdigit() and url.startswith(("/library/", "/playlists/", "/photo/"))):
            return failure(400)
        if not (0 < int(width) <= _MOST_PIXELS and 0 < int(height) <= _MOST_PIXELS):
            return failure(400)
        size = int(width), int(height)
        if group := _COMPOSITE.match(url):
            return self._composite(request, group.group(2), size)
        matched = _PICTURE.match(url)
        item = self._library.seen_by(person_of(request), matched.group(1)) if matched else None
        if item is None or matched is None:
            return failure(404)
        return await run_in_threadpool(_answer, item, matched.group(2), size)

    async def composite(self, request: Request) -> Response:
        """The picture of a collection or a playlist."""
        return self._composite(request, request.path_params["id"], None)

    def _composite(self, request: Request, key: str, size: tuple[int, int] | None) -> Response:
        group = self._groups.visible(person_of(request), key)
        if group is None:
            return failure(404)
        width, height = size or (400, 600)
        body = posters.poster(group.title, caption=f"{len(group.members)} items", width=width, height=height)
        return Response(body, media_type="image/jpeg")


def _answer(item: Item, kind: str, size: tuple[int, int] | None) -> Response:
    body = _beside(item, size) if item.picture and kind == "thumb" else None
    if body is None:
        draw = posters.backdrop if kind == "art" or item.section == VIDEOS or item.type == "episode" else posters.poster
        caption = str(item.year or "")
        body = (
            draw(item.image, caption=caption, width=size[0], height=size[1])
            if size
            else draw(item.image, caption=caption)
        )
    return Response(body, media_type="image/jpeg", headers={"Cache-Control": "max-age=31536000"})


def _beside(item: Item, size: tuple[int, int] | None) -> bytes | None:
    """The picture file beside the video, fitted into the size; None when it cannot be read."""
    try:
        with Image.open(item.picture or "") as picture:
            fitted = picture.convert("RGB")
    except (OSError, UnidentifiedImageError):
        return None
    if size:
        fitted.thumbnail(size)
    buffer = io.BytesIO()
    fitted.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
