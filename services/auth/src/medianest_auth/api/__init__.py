"""The routes of this service."""

from fastapi import APIRouter

from medianest_auth.api import administration, api_tokens, audit, internal, local, plex, sessions, users

ROUTERS: tuple[APIRouter, ...] = (
    plex.router,
    local.router,
    sessions.router,
    api_tokens.router,
    users.router,
    administration.router,
    audit.router,
    internal.router,
)

__all__ = ["ROUTERS"]
