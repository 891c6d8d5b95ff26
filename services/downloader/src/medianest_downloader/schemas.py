"""The HTTP bodies of the downloader."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from medianest_common.contracts.downloads import DownloadStatus, InPlex, ItemStatus
from medianest_downloader.domain.naming import clean_text
from medianest_downloader.domain.presets import LANGUAGE, MOST_LANGUAGES, Preset, SponsorBlockCategory
from medianest_downloader.domain.selection import parse_range

Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=2000)]
CollectionName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(clean_text)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE, max_length=35)]


def _readable(text: str) -> str:
    parse_range(text)
    return text


ItemRange = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_readable)]


class DownloadPreviewRequest(BaseModel):
    url: Address
    as_playlist: bool = Field(False, description="Take the whole playlist of an address that names a video within one")


class DownloadQuota(BaseModel):
    """Bytes; `resets_at` is null, for storage is freed by deleting."""

    used: int
    limit: int
    resets_at: datetime | None = None


class DownloadPreviewEntry(BaseModel):
    index: int
    title: str
    duration: float | None
    url: str
    problem: str | None = Field(description="Why it cannot be fetched, in plain words")
    already: bool = Field(description="You have it already")


class DownloadPreview(BaseModel):
    kind: str
    title: str
    uploader: str | None
    entries: list[DownloadPreviewEntry]
    total: int
    duration: float | None
    estimated_bytes: int | None
    quota: DownloadQuota
    presets: list[Preset]


class DownloadOptions(BaseModel):
    """How videos are fetched and where they go."""

    preset: Preset = Preset.P1080
    collection: CollectionName | None = Field(
        None, description="Plex collection; left out: the playlist's title, for a single video none; empty: none"
    )
    playlist: bool = Field(False, description="Also into a private playlist in your own Plex account")
    subtitles: list[Language] = Field(
        default_factory=list,
        max_length=MOST_LANGUAGES,
        description="Languages to put beside the video, like `en` or `pt-BR`, as far as there are any",
    )
    sponsorblock: list[SponsorBlockCategory] = Field(
        default_factory=list,
        max_length=len(SponsorBlockCategory),
        description="What to cut out, as far as people have marked it at SponsorBlock",
    )


class DownloadCreate(DownloadOptions):
    url: Address
    as_playlist: bool = Field(False, description="Take the whole playlist of an address that names a video within one")
    items: list[Annotated[int, Field(ge=1)]] | None = Field(
        None, max_length=5000, description="Positions in the playlist to take; left out: all"
    )
    range: ItemRange | None = Field(
        None,
        description='The same as text, like "1-20,25,30-"; give this or `items`, not both',
        examples=["1-20,25,30-"],
    )
    keep_days: int | None = Field(
        None, ge=1, le=3650, description="Delete it with its files so many days after it is over; left out: keep it"
    )

    @model_validator(mode="after")
    def _one_selection(self) -> Self:
        if self.items is not None and self.range is not None:
            raise ValueError("Give items or range, not both.")
        return self


class DownloadAction(BaseModel):
    ok: bool
    because: str | None = None


class DownloadAllowed(BaseModel):
    cancel: DownloadAction
    retry: DownloadAction
    pause: DownloadAction
    resume: DownloadAction
    delete: DownloadAction
    approve: DownloadAction


class ItemRead(BaseModel):
    id: UUID
    index: int
    title: str
    status: ItemStatus
    progress: float
    downloaded_bytes: int | None
    total_bytes: int | None
    speed: float | None
    eta: float | None
    attempt: int
    reason: str | None = Field(description="What happened and what can be done, in plain words")
    reason_code: str | None
    due_at: datetime | None
    bytes: int | None
    duration: float | None
    file_name: str | None
    subtitles: list[str] = Field(default_factory=list, description="Languages that lie beside it")
    note: str | None = Field(None, description="What of the wishes could not be had, in plain words")
    in_plex: InPlex
    log_tail: str | None = Field(None, description="The raw end of yt-dlp's log, for administrators alone")
    version: int


class DownloadRead(BaseModel):
    id: UUID
    user_id: UUID
    url: str
    title: str
    kind: str
    status: DownloadStatus
    progress: float
    preset: Preset
    subtitles: list[str] = Field(default_factory=list, description="Languages that were asked for")
    sponsorblock: list[SponsorBlockCategory] = Field(default_factory=list, description="What is cut out")
    range: str | None = Field(None, description="The positions that were asked for, as text")
    collection: str | None
    playlist: bool = Field(description="Whether it also goes into a private playlist of the user's own")
    in_plex: InPlex
    in_plex_reason: str | None
    plex_collection_id: str | None
    items_total: int
    items_completed: int
    items_failed: int
    bytes: int
    waiting_for: str | None = Field(description="What it waits for, in plain words")
    keep_days: int | None = None
    expires_at: datetime | None = Field(None, description="When it is deleted with its files; null: never")
    error_message: str | None
    created_at: datetime
    completed_at: datetime | None
    version: int
    allowed: DownloadAllowed
    log_tail: str | None = Field(
        None, description="The raw end of yt-dlp's log where its list could not be read, for administrators alone"
    )
    items: list[ItemRead] | None = Field(None, description="In the detail alone")
    quota: DownloadQuota | None = Field(None, description="In the detail alone")


class DownloadList(BaseModel):
    items: list[DownloadRead]
    next_cursor: str | None


class DownloadDecline(BaseModel):
    reason: str | None = Field(None, max_length=500)


class DownloadTotals(BaseModel):
    """Everything of one user, or of everybody, added up; `quota` is the caller's own."""

    downloads: dict[DownloadStatus, int] = Field(description="How many by status")
    items_total: int
    items_completed: int
    items_failed: int
    bytes: int
    quota: DownloadQuota


class DownloadUserPause(BaseModel):
    reason: str = Field("An administrator has put your downloads aside.", min_length=1, max_length=200)


class PausedDownloadUser(BaseModel):
    user_id: UUID
    reason: str
    since: datetime


class PausedDownloadUserList(BaseModel):
    items: list[PausedDownloadUser]
    next_cursor: str | None = None


class ReadinessCheck(BaseModel):
    name: str
    ok: bool
    detail: str = Field(description="What was found, and what to do")


class DownloadReadiness(BaseModel):
    """Whether YouTube's videos can be expected to work here."""

    ready: bool
    checks: list[ReadinessCheck]
    as_of: datetime


class LaneRead(BaseModel):
    """One way out to the video sites."""

    egress: str
    paused: bool
    reason: str | None
    until: datetime | None
    slow: bool = Field(description="One item at a time until the first succeeds")
    workers: int
    slots: int
    in_flight: int
    versions: dict[str, str] = Field(description="Of the tools in its workers")


class LaneList(BaseModel):
    items: list[LaneRead]
    backlog: int
    next_cursor: str | None = None


class LanePause(BaseModel):
    reason: str = Field("Paused by an administrator.", max_length=200)
    until: datetime | None = None
