"""plex.tv: sign-in by PIN, accounts, and which servers an account may use."""

from medianest_sandbox.plextv.api import PlexTv

__all__ = ["PlexTv"]
