"""Telling Plex that files are gone, so that nothing dead stays in its library."""

from pathlib import Path
from typing import Any

from medianest_downloader.clients.plex_link import PlexLink
from medianest_downloader.domain.plex_paths import holder, holds, plex_path
from medianest_downloader.service.plex_leavings import Leavings, PlexLeavings


class PlexForgetting:
    def __init__(self, link: PlexLink, leavings: PlexLeavings, media_dir: Path, seen_as: str) -> None:
        """`seen_as` is the media folder as Plex sees it."""
        self._link = link
        self._leavings = leavings
        self._media_dir = media_dir
        self._seen_as = seen_as

    async def tell(self, path: str) -> None:
        """Have the surroundings of a removed folder or file scanned; an error of the client's when Plex is away.

        Without a Plex, or a library that holds it, there is nobody to tell.
        """
        server = self._link.server
        if server is None:
            return
        removed = plex_path(self._seen_as, path)
        above = Path(path).parent
        while not (self._media_dir / above).is_dir() and above != Path():
            above = above.parent
        seen = plex_path(self._seen_as, above.as_posix()) if above != Path() else self._seen_as
        for section in await server.sections():
            location = holder(section.locations, removed)
            if location is not None:  # a library may hold no more than the folder of one user
                await server.scan(section.key, seen if holds([location], seen) else location)

    async def clear(self, left_in_plex: dict[str, Any] | None) -> None:
        """Delete our collection and playlist where nothing else is in them; an error of the client's as above."""
        left, server = Leavings.read(left_in_plex), self._link.server
        if left is not None and server is not None:
            await self._leavings.clear(server, left)
