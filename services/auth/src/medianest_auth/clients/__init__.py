"""The outside systems of this service: plex.tv, and the cache of living sessions."""
