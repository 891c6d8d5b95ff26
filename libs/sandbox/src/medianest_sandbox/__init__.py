"""Plex, Overseerr, Uptime Kuma and a video site over real HTTP, for demonstration and tests."""
