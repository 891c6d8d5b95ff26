"""The pages for people: the front page with its buttons, and the manual of the control calls."""

import json
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from medianest_sandbox.control.table import Call
from medianest_sandbox.look import page
from medianest_sandbox.people import Person

if TYPE_CHECKING:
    from medianest_sandbox.app import World

_SCRIPT = """
const said = document.getElementById("said");
for (const each of document.querySelectorAll("button[data-path]")) each.addEventListener("click", async () => {
  each.disabled = true;
  const options = {method: each.dataset.method};
  if (each.dataset.body) options.body = each.dataset.body;
  const answer = await fetch("control" + each.dataset.path, options);
  said.textContent = answer.ok ? "Done: " + each.textContent : (await answer.json()).detail;
  said.className = answer.ok ? "good" : "bad";
  if (answer.ok) setTimeout(() => location.reload(), 600); else each.disabled = false;
});
"""
_SYSTEMS = {
    "plex": "Plex",
    "overseerr": "Overseerr",
    "uptime_kuma": "Uptime Kuma",
    "plextv": "plex.tv",
    "video": "The video site",
}


def docs(table: list[Call], base: str) -> HTMLResponse:
    """Every control call with a line to type."""
    rows = "".join(
        f"<tr><td><code>{call.method}</code></td><td><code>/control{escape(call.path)}</code></td>"
        f"<td>{escape(call.about)}<pre>{escape(call.curl(base))}</pre></td></tr>"
        for call in table
    )
    body = (
        '<span class="badge">Sandbox</span><h1>Control</h1><p>What a test or a person can tell the sandbox to do. '
        f'Bodies and answers are JSON. <a href="{base}/">Front page</a></p>'
        f"<table><tr><th>Method</th><th>Path</th><th>What it does</th></tr>{rows}</table>"
    )
    return page("Control", body, wide=True)


def front(world: "World", base: str) -> HTMLResponse:
    """What the sandbox is, who is in it, and buttons to make things happen."""
    body = (
        '<span class="badge">Sandbox</span><h1>In place of Plex, Overseerr, Uptime Kuma and a video site</h1>'
        "<p>Everything here is pretended, but it speaks as the real systems do. Sign in to MediaNest as one of these "
        "people, ask for a film, then make things happen here and watch MediaNest follow.</p>"
        '<div id="said" role="status"></div><div class="grid">'
        f"{_requests(world)}{_health(world)}{_people(world.accounts.people, base)}{_places(base)}</div>"
    )
    return page("MediaNest sandbox", f"{body}<script>{_SCRIPT}</script>", wide=True)


def _people(people: Iterable[Person], base: str) -> str:
    rows = "".join(
        f'<tr><td class="person"><img alt="" src="{base}/plextv/users/{each.uuid}/avatar"><span>{escape(each.title)}'
        f"<small>{escape(each.about)}</small></span></td></tr>"
        for each in people
    )
    return (
        f'<section class="card"><h2 style="margin-top:0">People</h2><table>{rows}</table>'
        f'<p style="margin:1rem 0 0"><a href="{base}/plextv/link">Type a code here</a> to sign a device in.</p>'
        "</section>"
    )


def _health(world: "World") -> str:
    faulty = {fault.system for fault in world.faults.items()}
    rows = "".join(_system_row(key, name, faulty=key in faulty) for key, name in _SYSTEMS.items())
    return f'<section class="card"><h2 style="margin-top:0">Systems</h2><table>{rows}</table></section>'


def _system_row(key: str, name: str, *, faulty: bool) -> str:
    word = '<span class="bad">misbehaves</span>' if faulty else '<span class="good">answers</span>'
    if faulty:
        buttons = _button("Repair", "DELETE", f"/faults?system={key}")
    else:
        buttons = _button("Break", "POST", "/faults", {"system": key, "kind": "down"})
        buttons += _button("Slow down", "POST", "/faults", {"system": key, "kind": "delay", "value": 4})
    return f'<tr><td>{name}<br>{word}</td><td><div class="row">{buttons}</div></td></tr>'


def _requests(world: "World") -> str:
    rows = "".join(
        f"<tr><td>{escape(str(each['title']))}<br><small>{escape(str(each['requested_by']))}: "
        f"{escape(str(each['state']))}</small></td>"
        f"<td>{_arrive(each) if each['state'] in {'approved', 'pending'} else ''}</td></tr>"
        for each in reversed(world.overseerr.summary()[-12:])
    )
    rows = rows or "<tr><td>Nothing yet. What is asked for in MediaNest shows up here.</td></tr>"
    on = world.overseerr.auto_progress_seconds is not None
    body = {"seconds": None if on else 30}
    label = "Stop letting requests arrive by themselves" if on else "Let approved requests arrive after 30 seconds"
    button = _button(label, "POST", "/overseerr/auto-progress", body)
    return (
        f'<section class="card"><h2 style="margin-top:0">Requests in Overseerr</h2><table>{rows}</table>'
        f'<div class="row" style="margin-top:1rem">{button}</div></section>'
    )


def _arrive(summary: dict[str, object]) -> str:
    path = f"/overseerr/media/{summary['media_type']}/{summary['tmdb_id']}/available"
    return _button("It has arrived", "POST", path, {"is4k": summary["is4k"]})


def _places(base: str) -> str:
    places = {
        "/video/": "The video site: addresses to download",
        "/control/docs": "Everything that can be told to the sandbox, with curl lines",
        "/control/videos": "What can be downloaded, as JSON",
        "/control/calls": "What was asked of the sandbox, as JSON",
        "/uptime-kuma/api/status-page/home": "Uptime Kuma's status page, as JSON",
    }
    links = "".join(f'<li><a href="{base}{path}">{escape(name)}</a></li>' for path, name in places.items())
    reset = _button("Start over: forget requests, faults and collections", "POST", "/reset")
    return (
        f'<section class="card"><h2 style="margin-top:0">Places</h2><ul style="padding-left:1.2rem">{links}</ul>'
        f'<div class="row">{reset}</div></section>'
    )


def _button(label: str, method: str, path: str, body: object = None) -> str:
    text = "" if body is None else f" data-body='{escape(json.dumps(body), quote=True)}'"
    where = f'data-method="{method}" data-path="{escape(path, quote=True)}"{text}'
    return f'<button type="button" {where}>{escape(label)}</button>'
