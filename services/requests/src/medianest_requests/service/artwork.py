"""Pictures, made small once and kept in memory for the next who looks."""

import asyncio
import hashlib
import io
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from PIL import Image, UnidentifiedImageError

from medianest_common.tokens import Caller
from medianest_requests.clients.pictures import PictureClient
from medianest_requests.clients.plex import PICTURE, PlexClient
from medianest_requests.domain.pictures import is_tmdb_name, tmdb_size, width_for
from medianest_requests.errors import PictureNotFound
from medianest_requests.metrics import artwork_served
from medianest_requests.service.access import PlexAccesses

_AT_ONCE = 2  # pictures resized at a time: it is CPU, and the loop has others to serve
_MOST_PIXELS = 40_000_000  # a bomb is refused before it is unpacked
_QUALITY = 80

Place = tuple[UUID | None, str, str, int]


@dataclass(frozen=True)
class Picture:
    body: bytes
    etag: str


class Artwork:
    """Pictures of the Plex library are fetched as the caller and kept for them alone; posters are everybody's."""

    def __init__(self, pictures: PictureClient, plex: PlexClient, accesses: PlexAccesses, most_bytes: int) -> None:
        self._pictures = pictures
        self._plex = plex
        self._accesses = accesses
        self._most_bytes = most_bytes
        self._held = 0
        self._known: OrderedDict[Place, Picture] = OrderedDict()
        self._making: dict[Place, asyncio.Task[Picture]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def picture(self, kind: str, path: str, width: int, caller: Caller) -> Picture:
        """The picture, at most one of our widths wide; PictureNotFound for every path that is none of ours."""
        whole = f"/{path}"
        allowed = PICTURE.fullmatch(whole) if kind == "plex" else is_tmdb_name(path)
        if not allowed:
            raise PictureNotFound("There is no such picture.")
        place = (caller.user_id if kind == "plex" else None, kind, whole, width_for(width))
        known = self._known.get(place)
        artwork_served.labels(str(known is not None).lower()).inc()
        if known is not None:
            self._known.move_to_end(place)
            return known
        return await asyncio.shield(self._make_once(place, caller))

    def _make_once(self, place: Place, caller: Caller) -> asyncio.Task[Picture]:
        task = self._making.get(place)
        if task is None:
            task = asyncio.create_task(self._make(place, caller))
            self._making[place] = task
            task.add_done_callback(lambda _: self._making.pop(place, None))
        return task

    async def _make(self, place: Place, caller: Caller) -> Picture:
        _, kind, path, width = place
        if kind == "plex":
            original = await self._plex.picture(await self._accesses.of(caller), path, width)
        else:
            original = await self._pictures.picture(tmdb_size(kind, width), path)
        async with self._slots:
            body = await asyncio.to_thread(_small, original, width)
        picture = Picture(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        self._keep(place, picture)
        return picture

    def _keep(self, place: Place, picture: Picture) -> None:
        self._known[place] = picture
        self._held += len(picture.body)
        while self._held > self._most_bytes and self._known:
            self._held -= len(self._known.popitem(last=False)[1].body)


def _small(original: bytes, width: int) -> bytes:
    """The picture as WebP, never wider than asked and never larger than it was; PictureNotFound when it is none."""
    try:
        with Image.open(io.BytesIO(original)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise PictureNotFound("This picture is too large.")
            picture.draft("RGB", (width, width * 3))
            small = picture.convert("RGBA" if picture.mode in ("RGBA", "LA", "P") else "RGB")
            small.thumbnail((width, width * 3))
            out = io.BytesIO()
            small.save(out, "WEBP", quality=_QUALITY, method=4)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise PictureNotFound("What is kept as this picture is none.") from error
    return out.getvalue()
