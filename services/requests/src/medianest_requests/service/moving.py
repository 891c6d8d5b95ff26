"""Taking a step with a request: its state, its timeline, its version and its fact, all in one transaction."""

from datetime import datetime
from uuid import UUID

from medianest_common.contracts import requests as facts
from medianest_common.contracts.envelope import ADMINS
from medianest_common.contracts.requests import RequestEvent
from medianest_requests.domain.steps import Step, next_status
from medianest_requests.models import MediaRequest
from medianest_requests.repository.work import Work

_FACTS: dict[Step, type[RequestEvent]] = {
    Step.APPROVE: facts.RequestApproved,
    Step.DECLINE: facts.RequestDeclined,
    Step.CANCEL: facts.RequestCancelled,
    Step.SUBMIT: facts.RequestSubmitted,
    Step.FETCH: facts.RequestProcessingStarted,
    Step.ARRIVE_PARTLY: facts.RequestBecamePartiallyAvailable,
    Step.ARRIVE: facts.RequestBecameAvailable,
    Step.REMOVE: facts.RequestRemoved,
    Step.FAIL: facts.RequestFailed,
    Step.RETRY: facts.RequestRetried,
}
_WORDS = {
    Step.APPROVE: "approved",
    Step.DECLINE: "declined",
    Step.CANCEL: "cancelled",
    Step.SUBMIT: "sent",
    Step.FETCH: "fetching",
    Step.ARRIVE_PARTLY: "partly_in_plex",
    Step.ARRIVE: "in_plex",
    Step.REMOVE: "removed",
    Step.FAIL: "failed",
    Step.RETRY: "retried",
}
_ENDS = frozenset({Step.ARRIVE, Step.DECLINE, Step.CANCEL, Step.FAIL})
_WITH_REASON = frozenset({Step.DECLINE, Step.FAIL, Step.REMOVE})
_LONGEST_TIMELINE = 100  # a series that goes back and forth for years


def note(request: MediaRequest, word: str, at: datetime, cause: str | None = None) -> None:
    """Write one line of the request's timeline."""
    line = {"step": word, "at": at.isoformat().replace("+00:00", "Z"), "cause": cause}
    request.timeline = [*request.timeline[-_LONGEST_TIMELINE:], line]


def move(work: Work, request: MediaRequest, step: Step, *, at: datetime, cause: str | None = None) -> bool:
    """Take the step and say so; False, and nothing done, when it does not begin where the request stands."""
    status = next_status(request.status, step)
    if status is None:
        return False
    request.status = status
    request.status_reason = cause if step in _WITH_REASON else None
    request.completed_at = at if step in _ENDS else None if step is Step.RETRY else request.completed_at
    request.submit_posted_at = None
    request.submit_due_at = at if step in (Step.APPROVE, Step.RETRY) else None
    note(request, _WORDS[step], at, cause)
    changed(request, at)
    work.outbox.add(fact(_FACTS[step], request))
    return True


def changed(request: MediaRequest, at: datetime) -> None:
    """Whatever of a row others hear of, its version rises with it."""
    request.version += 1
    request.updated_at = at


def fact(kind: type[RequestEvent], request: MediaRequest, audience: tuple[str, ...] | None = None) -> RequestEvent:
    """Where the request stands, for its owner and those who decide."""
    return kind(
        audience=audience or (str(request.user_id), ADMINS),
        version=request.version,
        request_id=UUID(str(request.id)),
        user_id=UUID(str(request.user_id)),
        media_type=request.media_type,
        tmdb_id=request.tmdb_id,
        is_4k=request.is_4k,
        status=request.status,
    )
