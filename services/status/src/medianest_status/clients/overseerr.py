"""Looking at Overseerr or Seerr: whether it answers, is set up, and takes our key."""

from collections.abc import Mapping
from typing import Any

from medianest_status.clients.asking import Asker, NoAnswer
from medianest_status.clients.looks import Look
from medianest_status.domain.integrations import Target
from medianest_status.domain.probes import Examination

_LABELS = {
    "reach": "The address answers",
    "identity": "It is Overseerr or Seerr",
    "ready": "Its set-up is finished",
    "key": "It takes the API key",
}
_KEY_FIX = "Copy the API key from its Settings, General."


async def look(asker: Asker, target: Target) -> Examination:
    """`/settings/public` and not `/status`, which asks GitHub when its cache is cold and may take long."""
    found = Look(_LABELS)
    try:
        answer = await asker.get(f"{target.url}/api/v1/settings/public")
    except NoAnswer as error:
        found.unanswered("reach", error)
        return found.result()
    if found.answered("reach", answer, asker.slow_after_ms) and _identified(found, answer.data):
        await _check_key(found, asker, target)
    return found.result()


def _identified(found: Look, data: Any) -> bool:
    if not isinstance(data, Mapping) or "initialized" not in data:
        found.down("identity", "What answers there is not Overseerr.", "Check the address and the port (5055).")
        return False
    kind = "seerr" if "mediaServerType" in data else "overseerr"
    found.learned["kind"] = kind
    found.passed("identity", "It is Seerr." if kind == "seerr" else "It is Overseerr.")
    if data["initialized"] is not True:
        found.limited("ready", "Its own set-up is not finished.", "Open it in a browser and finish the set-up.")
        return False
    found.passed("ready", "It is set up.")
    return True


async def _check_key(found: Look, asker: Asker, target: Target) -> None:
    if target.secret is None:
        found.limited("key", "No API key is set.", _KEY_FIX, key=True)
        return
    try:
        answer = await asker.get(f"{target.url}/api/v1/auth/me", {"X-Api-Key": target.secret})
    except NoAnswer as error:
        found.limited("key", error.detail, error.fix)
        return
    if answer.status in (401, 403):
        found.limited("key", "It does not take our API key.", _KEY_FIX, key=True)
    elif answer.status != 200:
        found.limited("key", f"It answered with an error ({answer.status}).", "Look into its log.")
    else:
        found.passed("key", "The key is good.")
        if "version" not in target.config:
            await _learn_version(found, asker, target)


async def _learn_version(found: Look, asker: Asker, target: Target) -> None:
    try:
        answer = await asker.get(f"{target.url}/api/v1/status")
    except NoAnswer:
        return
    if isinstance(answer.data, Mapping) and isinstance(answer.data.get("version"), str):
        found.learned["version"] = answer.data["version"][:50]
