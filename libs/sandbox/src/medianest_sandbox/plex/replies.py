"""Answers that several routes of the Plex server give."""

import http
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from medianest_sandbox.people import Person
from medianest_sandbox.plex import documents
from medianest_sandbox.plex.library import Item, Library, Section
from medianest_sandbox.plex.listing import Page
from medianest_sandbox.wire import plex_reply


def person_of(request: Request) -> Person:
    """Who asks, as the door found out."""
    person: Person = request.state.person
    return person


def allowed_to_write(request: Request) -> bool:
    """Only the owner changes libraries and collections."""
    return person_of(request).role == "owner"


def failure(status: int) -> Response:
    """An error as the server writes it: a short HTML page."""
    phrase = http.HTTPStatus(status).phrase
    return HTMLResponse(
        f"<html><head><title>{phrase}</title></head><body><h1>{status} {phrase}</h1></body></html>", status
    )


def items_reply(
    request: Request, library: Library, items: list[Item], *, section: Section | None = None, guids: bool = False
) -> Response:
    """One page of items with the total, in the body and in headers."""
    page = Page.of(request)
    guids = guids or request.query_params.get("includeGuids") == "1"
    shown = [documents.item(item, library, guids=guids) for item in page.cut(items)]
    about: dict[str, Any] = {"totalSize": len(items), "offset": page.start, "allowSync": True, "identifier": _LIBRARY}
    if section is not None:
        about |= {
            "librarySectionID": int(section.key),
            "librarySectionTitle": section.title,
            "librarySectionUUID": section.uuid,
            "viewGroup": section.type,
        }
    answer = plex_reply(request, "MediaContainer", documents.container(len(shown), **about, Metadata=shown))
    answer.headers["X-Plex-Container-Start"] = str(page.start)
    answer.headers["X-Plex-Container-Total-Size"] = str(len(items))
    return answer


_LIBRARY = "com.plexapp.plugins.library"
