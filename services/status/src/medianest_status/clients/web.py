"""Looking at any other service with a web address: it is up when it answers and does not call itself broken."""

from medianest_status.clients.asking import Asker, NoAnswer
from medianest_status.clients.looks import Look
from medianest_status.domain.integrations import Target
from medianest_status.domain.probes import Examination

_LABELS = {"reach": "The address answers", "page": "The page is there"}
_SIGN_IN = (401, 403)


async def look(asker: Asker, target: Target) -> Examination:
    found = Look(_LABELS)
    try:
        answer = await asker.get(target.url)
    except NoAnswer as error:
        found.unanswered("reach", error)
        return found.result()
    if not found.answered("reach", answer, asker.slow_after_ms):
        return found.result()
    if answer.status >= 400 and answer.status not in _SIGN_IN:
        found.limited("page", f"It answered with {answer.status}.", "Check the path of the address.")
    else:
        found.passed("page", "It asks for a sign-in." if answer.status in _SIGN_IN else "The page is there.")
    return found.result()
