"""How the sandbox's own pages look: one small dark style, no script or picture from elsewhere."""

from html import escape
from importlib import resources

from starlette.responses import HTMLResponse

_STYLE = resources.files(__package__).joinpath("look.css").read_text(encoding="utf-8")


def page(title: str, body: str, *, wide: bool = False, status: int = 200) -> HTMLResponse:
    """A whole page; `body` is HTML."""
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main{' class=wide' if wide else ''}>{body}</main></body></html>"
    )
    return HTMLResponse(html, status)
