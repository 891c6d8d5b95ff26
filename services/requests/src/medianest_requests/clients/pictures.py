"""Pictures of films and series, from Overseerr's own store or from where TMDB keeps them."""

import httpx2

from medianest_common.errors import Upstream, UpstreamUnavailable
from medianest_common.http import OutsideClient
from medianest_requests.clients.overseerr import OverseerrClient
from medianest_requests.errors import NotConfigured, PictureNotFound

SERVICE = "The picture server"
_MOST_BYTES = 10 * 1024**2


class PictureClient:
    """`size` is TMDB's name of a width (`w342`); `name` its file (`/abc.jpg`), checked by the caller."""

    def __init__(self, overseerr: OverseerrClient, outside: OutsideClient, tmdb_url: str) -> None:
        self._overseerr = overseerr
        self._outside = outside
        self._tmdb_url = tmdb_url

    async def close(self) -> None:
        await self._outside.close()

    async def picture(self, size: str, name: str) -> bytes:
        path = f"t/p/{size}{name}"
        return await self._from_overseerr(path) or await self._from_tmdb(path)

    async def _from_overseerr(self, path: str) -> bytes | None:
        """None when it keeps no pictures, has not got this one, or is away: TMDB has them all."""
        try:
            settings = await self._overseerr.public_settings()
            if not settings.keeps_pictures:
                return None
            response = await self._overseerr.picture(f"tmdb/{path}" if settings.is_seerr else path)
        except (Upstream, NotConfigured):
            return None
        return response.content if _is_picture(response) else None

    async def _from_tmdb(self, path: str) -> bytes:
        response = await self._outside.request("GET", f"{self._tmdb_url}/{path}")
        if response.status_code == 404:
            raise PictureNotFound("There is no such picture.")
        if not _is_picture(response):
            raise UpstreamUnavailable(SERVICE, "The picture server answered with something that is no picture.")
        return response.content


def _is_picture(response: httpx2.Response) -> bool:
    kind = response.headers.get("content-type", "")
    return response.is_success and kind.startswith("image/") and len(response.content) <= _MOST_BYTES
