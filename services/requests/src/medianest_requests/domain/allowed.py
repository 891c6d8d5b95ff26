"""What a person may do with a request now, and for what they may not, why, in plain words."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypedDict

from medianest_common.contracts.requests import RequestStatus as Status
from medianest_requests.domain.steps import Step, next_status


class Verdict(TypedDict, total=False):
    ok: bool
    because: str


class AllowedSteps(TypedDict):
    cancel: Verdict
    approve: Verdict
    decline: Verdict
    retry: Verdict


@dataclass(frozen=True)
class Viewer:
    """Who looks at a request: its owner, somebody who decides, or both."""

    owns: bool
    decides: bool


_WORDS = {
    Status.PENDING: "It waits for the owner's decision.",
    Status.APPROVED: "It is approved already.",
    Status.SUBMITTED: "It is on its way already.",
    Status.PROCESSING: "It is being fetched already.",
    Status.PARTIALLY_AVAILABLE: "Part of it is in Plex already.",
    Status.AVAILABLE: "It is in Plex already.",
    Status.REMOVED: "It is no longer in Plex. Ask for it anew.",
    Status.DECLINED: "It was declined.",
    Status.FAILED: "It did not work. It can be tried again.",
    Status.CANCELLED: "It was cancelled.",
}


def verdict(status: Status, step: Step, viewer: Viewer) -> Verdict:
    """Whether the viewer may take this step from here."""
    if step in (Step.APPROVE, Step.DECLINE) and not viewer.decides:
        return {"ok": False, "because": "The server's owner decides."}
    if step is Step.CANCEL and not viewer.owns:
        return {"ok": False, "because": "Only who asked can cancel it."}
    if next_status(status, step) is None:
        return {"ok": False, "because": _WORDS[status]}
    return {"ok": True}


@lru_cache
def allowed_steps(status: Status, viewer: Viewer) -> AllowedSteps:
    return {
        "cancel": verdict(status, Step.CANCEL, viewer),
        "approve": verdict(status, Step.APPROVE, viewer),
        "decline": verdict(status, Step.DECLINE, viewer),
        "retry": verdict(status, Step.RETRY, viewer),
    }
