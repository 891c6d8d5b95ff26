"""The routes of the status service."""

from fastapi import APIRouter

from medianest_status.api import incidents, integrations, maintenance, public, status, webhooks

PREFIX = "/api/v1"


def router() -> APIRouter:
    routes = APIRouter(prefix=PREFIX)
    for module in (public, status, integrations, incidents, maintenance, webhooks):
        routes.include_router(module.router)
    return routes
