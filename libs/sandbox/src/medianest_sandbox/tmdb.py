"""The host of pictures that Overseerr's relative picture paths belong to."""

import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from medianest_sandbox import posters
from medianest_sandbox.catalogue import find

_NAME = re.compile(r"^(poster|backdrop|season|profile)-(tv-)?(\d+)(?:-(\d+))?\.(?:jpg|png|webp)$")
_SIZE = re.compile(r"^w(\d{2,4})(?:_and_h(\d{2,4}))?")
_ORIGINAL_WIDTH = {"poster": 1000, "season": 1000, "profile": 600, "backdrop": 1920}


async def picture(request: Request) -> Response:
    """`…/{size}/{name}`: a drawn picture in that size; 404 for a name that belongs to no title."""
    path: str = request.path_params["rest"]
    folders, _, name = path.rpartition("/")
    size = folders.rpartition("/")[2]
    found = _NAME.match(name)
    if found is None:
        return Response(status_code=404)
    kind, series, number, season = found.groups()
    title = find("tv" if series else "movie", int(number))
    if title is None and kind != "profile":
        return Response(status_code=404)
    width, height = _pixels(size, kind)
    text = title.name if title and kind != "profile" else f"Person {number}"
    caption = f"Season {season}" if season else str(title.year) if title and kind != "profile" else ""
    draw = posters.backdrop if kind == "backdrop" else posters.poster
    body = await run_in_threadpool(draw, text, caption=caption, width=width, height=height)
    headers = {"Cache-Control": "public, max-age=31536000", "Access-Control-Allow-Origin": "*"}
    return Response(body, media_type="image/jpeg", headers=headers)


def _pixels(size: str, kind: str) -> tuple[int, int | None]:
    found = _SIZE.match(size)
    if found is None:
        return _ORIGINAL_WIDTH[kind], None
    return int(found.group(1)), int(found.group(2)) if found.group(2) else None
