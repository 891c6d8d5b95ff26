"""`/openapi.json` and `/docs`: the merged document and an interactive page, every file of it served from here."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from medianest_gateway.openapi import DOCUMENT
from medianest_gateway.web_client import File

_OWN: Final = Path(__file__).with_name("docs_page")
_ASSETS: Final = "fastapi_offline"  # carries Swagger UI's files; its code is not used
_FROM_ASSETS: Final = ("swagger-ui-bundle.js", "swagger-ui.css")


class Documents:
    """Read when first asked for: few look at them."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}

    def find(self, path: str) -> File | None:
        """The file at a path, or None."""
        source = _source(path)
        if source is None or not source.is_file():
            return None
        if path not in self._files:
            self._files[path] = File(source.name, source.read_bytes(), {})
        return self._files[path]


def _source(path: str) -> Path | None:
    if path == "/openapi.json":
        return DOCUMENT
    if path in ("/docs", "/docs/"):
        return _OWN / "index.html"
    folder, _, name = path.rpartition("/")
    if folder != "/docs":
        return None
    if name in ("page.js", "page.css"):
        return _OWN / name
    return _assets() / name if name in _FROM_ASSETS else None


def _assets() -> Path:
    spec = find_spec(_ASSETS)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The files of the documentation page are not installed.")
    return Path(spec.submodule_search_locations[0]) / "static"
