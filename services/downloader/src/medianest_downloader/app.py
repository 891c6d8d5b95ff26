"""The composition root of the api role."""

from typing import Any

from fastapi import FastAPI

from medianest_common.tokens import Verifier
from medianest_common.web import create_service_app
from medianest_downloader.api import routers

TITLE = "MediaNest downloads"


def openapi() -> dict[str, Any]:
    """The document of the HTTP interface; needs no infrastructure."""
    return create_service_app(TITLE, *routers, verifier=Verifier()).openapi()


def create_app() -> FastAPI:
    return create_service_app(TITLE, *routers, verifier=Verifier())
