"""What the downloader says: downloads, their items, and the work handed to workers."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from medianest_common.contracts.auth import UserErased
from medianest_common.contracts.envelope import Command, Event, Live


class DownloadStatus(StrEnum):
    WAITING_APPROVAL = "waiting_approval"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    PARTIALLY_COMPLETED = "partially_completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ItemStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"  # a temporary failure; tried again when due
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class InPlex(StrEnum):
    NOT_WANTED = "not_wanted"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class FollowStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    FAILING = "failing"  # the last check brought nothing; the next is due all the same


class DownloadEvent(Event):
    entity_field: ClassVar[str] = "download_id"

    download_id: UUID
    user_id: UUID
    status: DownloadStatus
    in_plex: InPlex
    items_total: int
    items_completed: int
    items_failed: int


class DownloadSubmitted(DownloadEvent):
    subject: ClassVar[str] = "medianest.evt.downloads.download.submitted.v1"


class DownloadChanged(DownloadEvent):
    """Counts, status or the step into Plex moved on."""

    subject: ClassVar[str] = "medianest.evt.downloads.download.changed.v1"


class DownloadCompleted(DownloadEvent):
    """Every item is settled and at least one is there."""

    subject: ClassVar[str] = "medianest.evt.downloads.download.completed.v1"


class DownloadFailed(DownloadEvent):
    """Every item is settled and none is there."""

    subject: ClassVar[str] = "medianest.evt.downloads.download.failed.v1"


class DownloadCancelled(DownloadEvent):
    subject: ClassVar[str] = "medianest.evt.downloads.download.cancelled.v1"


class DownloadDeleted(DownloadEvent):
    subject: ClassVar[str] = "medianest.evt.downloads.download.deleted.v1"


class ItemEvent(Event):
    entity_field: ClassVar[str] = "item_id"

    item_id: UUID
    download_id: UUID
    user_id: UUID
    status: ItemStatus
    attempt: int = Field(ge=0)


class ItemStarted(ItemEvent):
    subject: ClassVar[str] = "medianest.evt.downloads.item.started.v1"


class ItemDelayed(ItemEvent):
    """It did not work this time and is tried again at `due_at`."""

    subject: ClassVar[str] = "medianest.evt.downloads.item.delayed.v1"
    due_at: AwareDatetime
    reason: str


class ItemCompleted(ItemEvent):
    """A whole, playable file lies in the user's folder."""

    subject: ClassVar[str] = "medianest.evt.downloads.item.completed.v1"
    bytes: int


class ItemFailed(ItemEvent):
    """`reason` is the class of the failure (`private_video`), not its text."""

    subject: ClassVar[str] = "medianest.evt.downloads.item.failed.v1"
    reason: str


class ItemCancelled(ItemEvent):
    subject: ClassVar[str] = "medianest.evt.downloads.item.cancelled.v1"


class FollowEvent(Event):
    """A channel or playlist whose new videos are fetched by themselves."""

    entity_field: ClassVar[str] = "follow_id"

    follow_id: UUID
    user_id: UUID
    status: FollowStatus
    videos_found: int = Field(ge=0)


class FollowCreated(FollowEvent):
    subject: ClassVar[str] = "medianest.evt.downloads.follow.created.v1"


class FollowChanged(FollowEvent):
    """It was checked, paused, resumed or given another rule, or old videos of it were dropped."""

    subject: ClassVar[str] = "medianest.evt.downloads.follow.changed.v1"


class FollowFailed(FollowEvent):
    """Its checks have begun to fail; said once, not with every check."""

    subject: ClassVar[str] = "medianest.evt.downloads.follow.failed.v1"


class FollowEnded(FollowEvent):
    subject: ClassVar[str] = "medianest.evt.downloads.follow.ended.v1"


class LaneEvent(Event):
    """One way out to the video sites, for everybody behind it."""

    entity_field: ClassVar[str] = "egress"

    egress: str


class LanePaused(LaneEvent):
    subject: ClassVar[str] = "medianest.evt.downloads.lane.paused.v1"
    reason: str
    until: AwareDatetime | None


class LaneResumed(LaneEvent):
    subject: ClassVar[str] = "medianest.evt.downloads.lane.resumed.v1"


class DownloadsUserErased(UserErased):
    subject: ClassVar[str] = "medianest.evt.downloads.user.erased.v1"


class RunItem(Command):
    """Fetch one item by the way out in the subject's last token. Rows are the truth; this only hands out."""

    subject: ClassVar[str] = "medianest.cmd.downloads.item.run.v1"

    item_id: UUID
    attempt: int = Field(ge=1)
    egress: str

    def queue_subject(self) -> str:
        return f"{self.subject}.{self.egress}"


class ItemProgress(Live):
    """Where one item stands, at most twice a second. Sizes in bytes, speed in bytes a second, `eta` in seconds."""

    subject: ClassVar[str] = "medianest.live.downloads.item"
    entity_field: ClassVar[str] = "item_id"

    item_id: UUID
    download_id: UUID
    user_id: UUID
    attempt: int
    phase: str
    progress: float | None = Field(default=None, ge=0, le=1)
    downloaded_bytes: int | None = None
    total_bytes: int | None = None
    speed: float | None = None
    eta: float | None = None


class WorkerSlots(Live):
    """A worker's sign of life every two seconds: how many items it can take and which it has."""

    subject: ClassVar[str] = "medianest.live.downloads.worker"
    entity_field: ClassVar[str] = "worker_id"

    worker_id: str
    egress: str
    slots: int
    running: tuple[UUID, ...] = ()
    draining: bool = False
    versions: dict[str, str] = Field(default_factory=dict)
