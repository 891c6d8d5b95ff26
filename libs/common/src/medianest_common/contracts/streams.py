"""Every stream, bucket and durable consumer, as plain data: what is provisioned and allowed follows."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from medianest_common.contracts.auth import NoteAction
from medianest_common.contracts.downloads import RunItem

Retention = Literal["limits", "workqueue"]


@dataclass(frozen=True)
class StreamSpec:
    name: str
    subjects: tuple[str, ...]
    retention: Retention
    max_age: timedelta
    max_bytes: int
    duplicate_window: timedelta = timedelta(minutes=2)


@dataclass(frozen=True)
class BucketSpec:
    name: str
    writer: str
    readers: tuple[str, ...]
    max_bytes: int = 64 * 1024 * 1024

    @property
    def stream(self) -> str:
        return f"KV_{self.name}"


SPARE_DELIVERIES = 4


@dataclass(frozen=True)
class DurableSpec:
    """A pull consumer and the broker user that owns it. `ack_wait` is short, since what a killed consumer had
    fetched comes back only after it. A message is tried `tries` times; the broker hands it out a few times more, so
    that one whose handling ended its process each time is still there to be given up."""

    name: str
    owner: str
    stream: StreamSpec
    filters: tuple[str, ...]
    ack_wait: timedelta = timedelta(seconds=10)
    tries: int = 8
    max_ack_pending: int = 256

    @property
    def max_deliver(self) -> int:
        return self.tries + SPARE_DELIVERIES

    @property
    def dead_letters(self) -> str:
        return dead_letter_subject(self.stream.name, self.name)


def dead_letter_subject(stream: str, consumer: str) -> str:
    """Where what a consumer could not handle is kept; `*` as the consumer stands for all of the stream."""
    return f"medianest.dlq.{stream}.{consumer}"


EVENTS = StreamSpec("MEDIANEST_EVT", ("medianest.evt.>",), "limits", max_age=timedelta(days=30), max_bytes=2 * 1024**3)
DOWNLOAD_COMMANDS = StreamSpec(
    "MEDIANEST_CMD_DOWNLOADS", ("medianest.cmd.downloads.>",), "workqueue", timedelta(days=7), 64 * 1024**2
)
AUDIT_COMMANDS = StreamSpec(
    "MEDIANEST_CMD_AUDIT", ("medianest.cmd.audit.>",), "workqueue", timedelta(days=365), 64 * 1024**2
)
DEAD_LETTERS = StreamSpec("MEDIANEST_DLQ", ("medianest.dlq.>",), "limits", timedelta(days=30), 256 * 1024**2)

STREAMS = (EVENTS, DOWNLOAD_COMMANDS, AUDIT_COMMANDS, DEAD_LETTERS)

INTEGRATIONS = BucketSpec("medianest-integrations", "status", ("auth", "requests", "downloader", "status"))
STATUS_CURRENT = BucketSpec("medianest-status-current", "status", ("gateway", "requests", "downloader", "status"))
USERS = BucketSpec("medianest-users", "auth", ("auth", "requests", "downloader", "status"))
JWKS = BucketSpec("medianest-jwks", "auth", ("gateway", "auth", "requests", "downloader", "status"))

BUCKETS = (INTEGRATIONS, STATUS_CURRENT, USERS, JWKS)

AUTH_COLLECT_ERASED = DurableSpec(
    "auth-collect-erased",
    "auth",
    EVENTS,
    tuple(f"medianest.evt.{domain}.user.erased.v1" for domain in ("requests", "downloads", "status")),
)
REQUESTS_FOLLOW_USERS = DurableSpec("requests-follow-users", "requests", EVENTS, ("medianest.evt.auth.user.>",))
REQUESTS_FOLLOW_STATUS = DurableSpec(
    "requests-follow-status", "requests", EVENTS, ("medianest.evt.status.service.changed.v1",)
)
DOWNLOADER_FOLLOW_USERS = DurableSpec("downloader-follow-users", "downloader", EVENTS, ("medianest.evt.auth.user.>",))
STATUS_FOLLOW_USERS = DurableSpec("status-follow-users", "status", EVENTS, ("medianest.evt.auth.user.>",))
STATUS_FOLLOW_LANES = DurableSpec("status-follow-lanes", "status", EVENTS, ("medianest.evt.downloads.lane.>",))
AUTH_NOTE_ACTIONS = DurableSpec("auth-note-actions", "auth", AUDIT_COMMANDS, (f"{NoteAction.subject}.*",))

DEFAULT_EGRESS = "main"


def run_item_durable(egress: str) -> DurableSpec:
    """The work queue's consumer of one way out; how many items run at once is for the scheduler to say."""
    return DurableSpec(
        f"downloader-run-item-{egress}",
        "worker",
        DOWNLOAD_COMMANDS,
        (f"{RunItem.subject}.{egress}",),
        ack_wait=timedelta(seconds=60),
        tries=20,
        max_ack_pending=1000,
    )


def durables(egresses: tuple[str, ...] = (DEFAULT_EGRESS,)) -> tuple[DurableSpec, ...]:
    return (
        AUTH_COLLECT_ERASED,
        AUTH_NOTE_ACTIONS,
        REQUESTS_FOLLOW_USERS,
        REQUESTS_FOLLOW_STATUS,
        DOWNLOADER_FOLLOW_USERS,
        STATUS_FOLLOW_USERS,
        STATUS_FOLLOW_LANES,
        *(run_item_durable(egress) for egress in egresses),
    )
