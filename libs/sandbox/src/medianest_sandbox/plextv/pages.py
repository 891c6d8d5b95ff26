"""The two pages of plex.tv that people see: the code page and the consent page."""

from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse

from medianest_sandbox.look import page
from medianest_sandbox.people import Person

_CLAIM = """
async function claim(button, code, page) {
  const said = document.getElementById("said");
  if (!code) { said.textContent = "Type the code first."; return false; }
  for (const each of document.querySelectorAll("button")) each.disabled = true;
  const answer = await fetch("claim", {
    method: "POST", headers: {"content-type": "application/json"},
    body: JSON.stringify({code, page, username: button.dataset.username}),
  });
  said.textContent = (await answer.json()).message;
  said.className = answer.ok ? "good" : "bad";
  if (!answer.ok) for (const each of document.querySelectorAll("button")) each.disabled = false;
  return answer.ok;
}
"""


def link(code: str, people: Iterable[Person]) -> HTMLResponse:
    """Where one types the four characters that another device shows."""
    script = """
    const code = document.getElementById("code");
    for (const each of document.querySelectorAll("button")) each.addEventListener("click", () =>
      claim(each, code.value.trim().toUpperCase(), "link"));
    """
    body = (
        '<div class="card"><span class="badge">Sandbox Plex</span><h1>Link a device</h1>'
        "<p>Type the code that the other screen shows, then choose who you are. No password is asked for here.</p>"
        f'<label for="code">Code</label><input type="text" id="code" maxlength="8" autocomplete="off" '
        f'autofocus value="{escape(code, quote=True)}">{_buttons(people)}<div id="said" role="status"></div></div>'
    )
    return page("Link a device", f"{body}<script>{_CLAIM}{script}</script>")


def auth(people: Iterable[Person]) -> HTMLResponse:
    """Where an application sends the browser; who asks and where to return to stand in the fragment."""
    script = """
    const given = new URLSearchParams(location.hash.replace(/^#!?\\??/, ""));
    const product = given.get("context[device][product]") || "An application";
    document.getElementById("who").textContent = product;
    const forward = given.get("forwardUrl");
    for (const each of document.querySelectorAll("button")) each.addEventListener("click", async () => {
      if (!await claim(each, given.get("code"), "auth")) return;
      if (forward && /^https?:/.test(forward)) location.assign(forward);
      else document.getElementById("said").textContent += " You may close this window.";
    });
    """
    body = (
        '<div class="card"><span class="badge">Sandbox Plex</span><h1>Sign in</h1>'
        "<p><strong id=who>An application</strong> would like to know who you are. "
        "Choose a person; no password is asked for here.</p>"
        f'{_buttons(people)}<div id="said" role="status"></div></div>'
    )
    return page("Sign in", f"{body}<script>{_CLAIM}{script}</script>")


def _buttons(people: Iterable[Person]) -> str:
    return f'<div class="people">{"".join(_button(person) for person in people)}</div>'


def _button(person: Person) -> str:
    return (
        f'<button type="button" class="person" data-username="{person.username}">'
        f'<img alt="" src="users/{person.uuid}/avatar"><span>{escape(person.title)}'
        f"<small>{escape(person.username)}: {escape(person.about)}</small></span></button>"
    )
