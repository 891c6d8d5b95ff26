"""One Plex Media Server with films, series and a library of the files in a folder."""

from medianest_sandbox.plex.server import PlexServer

__all__ = ["PlexServer"]
