"""The routes of this service."""

from fastapi import APIRouter, Depends

from medianest_auth.api import administration, api_tokens, audit, internal, local, plex, sessions, users
from medianest_auth.api.dependencies import holding
from medianest_common.contracts.permissions import Permission
from medianest_common.dead_letters_api import dead_letters_router

ROUTERS: tuple[APIRouter, ...] = (
    plex.router,
    local.router,
    sessions.router,
    api_tokens.router,
    users.router,
    administration.router,
    audit.router,
    dead_letters_router("auth", [Depends(holding(Permission.SYSTEM_MANAGE))]),
    internal.router,
)

__all__ = ["ROUTERS"]
