"""The HTTP routes of this service."""

from medianest_common.dead_letters_api import dead_letters_router
from medianest_requests.api import artwork, library, media, requests, webhooks

_letters = dead_letters_router("requests")  # before `/requests/{request_id}`
ROUTERS = (_letters, artwork.router, media.router, requests.router, library.router, webhooks.router)
