"""The way of a request: which step leads from where to where, and nothing else does."""

from enum import StrEnum

from medianest_common.contracts.requests import RequestStatus as Status


class Step(StrEnum):
    APPROVE = "approve"
    DECLINE = "decline"
    CANCEL = "cancel"
    SUBMIT = "submit"
    FETCH = "fetch"
    ARRIVE_PARTLY = "arrive_partly"
    ARRIVE = "arrive"
    REMOVE = "remove"
    FAIL = "fail"
    RETRY = "retry"


_WAY: dict[tuple[Status, Step], Status] = {
    (Status.PENDING, Step.APPROVE): Status.APPROVED,
    (Status.PENDING, Step.DECLINE): Status.DECLINED,
    (Status.PENDING, Step.CANCEL): Status.CANCELLED,
    (Status.APPROVED, Step.SUBMIT): Status.SUBMITTED,
    (Status.APPROVED, Step.FAIL): Status.FAILED,
    (Status.SUBMITTED, Step.FETCH): Status.PROCESSING,
    (Status.SUBMITTED, Step.ARRIVE_PARTLY): Status.PARTIALLY_AVAILABLE,
    (Status.SUBMITTED, Step.ARRIVE): Status.AVAILABLE,
    (Status.SUBMITTED, Step.DECLINE): Status.DECLINED,
    (Status.SUBMITTED, Step.FAIL): Status.FAILED,
    (Status.SUBMITTED, Step.REMOVE): Status.REMOVED,
    (Status.PROCESSING, Step.ARRIVE_PARTLY): Status.PARTIALLY_AVAILABLE,
    (Status.PROCESSING, Step.ARRIVE): Status.AVAILABLE,
    (Status.PROCESSING, Step.DECLINE): Status.DECLINED,
    (Status.PROCESSING, Step.FAIL): Status.FAILED,
    (Status.PROCESSING, Step.REMOVE): Status.REMOVED,
    (Status.PARTIALLY_AVAILABLE, Step.FETCH): Status.PROCESSING,
    (Status.PARTIALLY_AVAILABLE, Step.ARRIVE): Status.AVAILABLE,
    (Status.PARTIALLY_AVAILABLE, Step.REMOVE): Status.REMOVED,
    (Status.AVAILABLE, Step.REMOVE): Status.REMOVED,
    (Status.FAILED, Step.RETRY): Status.APPROVED,
}

IN_FLIGHT = frozenset({Status.SUBMITTED, Status.PROCESSING, Status.PARTIALLY_AVAILABLE})
"""Overseerr has it and has not finished with it."""

LIVE = frozenset({Status.PENDING, Status.APPROVED, Status.AVAILABLE}) | IN_FLIGHT
"""Whoever asks for the same again asks for a duplicate."""

UNCOUNTED = frozenset({Status.DECLINED, Status.CANCELLED, Status.FAILED})
"""These do not use up a quota."""


def next_status(status: Status, step: Step) -> Status | None:
    """Where the step leads from here, or None when it does not begin here."""
    return _WAY.get((status, step))
