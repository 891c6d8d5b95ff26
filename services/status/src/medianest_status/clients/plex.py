"""Looking at a Plex Media Server: whether it answers, which one it is, whether it takes our token."""

from medianest_status.clients.asking import Asker, NoAnswer
from medianest_status.clients.looks import Look
from medianest_status.domain.integrations import Target
from medianest_status.domain.probes import Examination

_LABELS = {
    "reach": "The address answers",
    "identity": "It is a Plex server",
    "key": "It takes the token",
}
_JSON = {"Accept": "application/json"}
_HOW_TO_MEND = "Sign in as the server's owner again and give its token."


async def look(asker: Asker, target: Target) -> Examination:
    found = Look(_LABELS)
    try:
        answer = await asker.get(f"{target.url}/identity", _JSON)
    except NoAnswer as error:
        found.unanswered("reach", error)
        return found.result()
    if found.answered("reach", answer, asker.slow_after_ms) and _identified(found, answer.data, target):
        await _check_token(found, asker, target)
    return found.result()


def _identified(found: Look, data: object, target: Target) -> bool:
    container = data.get("MediaContainer") if isinstance(data, dict) else None
    machine = container.get("machineIdentifier") if isinstance(container, dict) else None
    if not isinstance(container, dict) or not isinstance(machine, str) or not machine:
        found.down("identity", "What answers there is not a Plex server.", "Check the address and the port (32400).")
        return False
    known = target.config.get("machine_identifier")
    if known and known != machine:
        found.limited(
            "identity", "Another Plex server than before answers there.", "Save the integration again if this is right."
        )
        return False
    found.learned |= {"machine_identifier": machine[:100], "version": str(container.get("version", ""))[:100]}
    found.passed("identity", "It is a Plex server.")
    return True


async def _check_token(found: Look, asker: Asker, target: Target) -> None:
    if target.secret is None:
        found.limited("key", "No token is set.", _HOW_TO_MEND, key=True)
        return
    try:
        answer = await asker.get(f"{target.url}/", _JSON | {"X-Plex-Token": target.secret})
    except NoAnswer as error:
        found.limited("key", error.detail, error.fix)
        return
    if answer.status in (401, 403):
        found.limited("key", "Plex does not take our token.", _HOW_TO_MEND, key=True)
    elif answer.status != 200:
        found.limited("key", f"Plex answered with an error ({answer.status}).", "Look into its log.")
    else:
        found.passed("key", "The token is good.")
