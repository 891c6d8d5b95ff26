"""The routes of the status service."""

from fastapi import APIRouter

from medianest_common.dead_letters_api import dead_letters_router
from medianest_status.api import incidents, integrations, maintenance, public, status, webhooks

PREFIX = "/api/v1"


def router() -> APIRouter:
    routes = APIRouter()
    routes.include_router(dead_letters_router("status"))  # before `/status/{service_id}`
    for module in (public, status, integrations, incidents, maintenance, webhooks):
        routes.include_router(module.router, prefix=PREFIX)
    return routes
