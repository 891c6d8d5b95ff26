"""The HTTP routes of this service."""

from medianest_requests.api import artwork, library, media, requests, webhooks

ROUTERS = (artwork.router, media.router, requests.router, library.router, webhooks.router)
