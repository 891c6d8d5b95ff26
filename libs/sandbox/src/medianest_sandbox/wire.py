"""How answers are written: JSON for whoever asks for it, Plex's XML for everybody else."""

from typing import Any
from xml.sax.saxutils import quoteattr

import orjson
from starlette.requests import Request
from starlette.responses import Response


def json_reply(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(orjson.dumps(document), status, headers, media_type="application/json; charset=utf-8")


def plex_reply(request: Request, root: str, document: Any, status: int = 200) -> Response:
    """The document as JSON (inside `root` if that is MediaContainer) or as XML with `root` as its outermost element."""
    if wants_json(request):
        return json_reply({root: document} if root == "MediaContainer" else document, status)
    return xml_reply(element(root, document), status)


def xml_reply(xml: str, status: int = 200) -> Response:
    """An answer in XML."""
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}\n', status, media_type="application/xml")


def wants_json(request: Request) -> bool:
    """Whether the caller asked for JSON; browsers' `*/*` is not asking."""
    return "application/json" in request.headers.get("accept", "")


def element(name: str, document: Any) -> str:
    """An XML element: plain values become attributes, dictionaries and lists of them become children."""
    if isinstance(document, list):
        return f"<{name}>{''.join(element(_singular(name), each) for each in document)}</{name}>"
    attributes, children = [], []
    for key, value in document.items():
        if isinstance(value, dict):
            children.append(element(key, value))
        elif isinstance(value, list):
            children += [element(key, each) for each in value if isinstance(each, dict)]
        elif value is not None:
            attributes.append(f" {key}={quoteattr(_text(value))}")
    return f"<{name}{''.join(attributes)}>{''.join(children)}</{name}>"


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _singular(name: str) -> str:
    return name.removesuffix("s") if name.endswith("s") else "item"


def base_url(request: Request) -> str:
    """The address under which this caller reached the sandbox."""
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"
