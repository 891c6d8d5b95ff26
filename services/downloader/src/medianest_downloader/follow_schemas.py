"""The HTTP bodies of follows."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from medianest_common.contracts.downloads import FollowStatus
from medianest_downloader.domain.presets import MOST_LANGUAGES, Preset, SponsorBlockCategory
from medianest_downloader.schemas import Address, CollectionName, DownloadAction, DownloadOptions, Language

Hours = Annotated[int, Field(ge=1, le=168, description="Hours between two checks")]
KeepLast = Annotated[int, Field(ge=1, le=1000)]
KeepDays = Annotated[int, Field(ge=1, le=3650)]

_KEEP_LAST = "How many of the newest videos stay; older ones go once a newer one is there; null: all"
_KEEP_DAYS = "Days after which a fetched video goes; null: never"


class FollowStart(StrEnum):
    NEW = "new"
    ALL = "all"


class FollowFiles(StrEnum):
    KEEP = "keep"
    DELETE = "delete"


class FollowCreate(DownloadOptions):
    url: Address
    every_hours: Hours = 6
    start: FollowStart = Field(
        FollowStart.NEW, description="`new`: what appears from now on; `all`: also what is there already"
    )
    keep_last: KeepLast | None = Field(None, description=_KEEP_LAST)
    keep_days: KeepDays | None = Field(None, description=_KEEP_DAYS)


class FollowUpdate(BaseModel):
    """What is left out stays. Options hold from the next video on."""

    paused: bool | None = Field(None, description="Check it no more, or again")
    every_hours: Hours | None = None
    keep_last: KeepLast | None = Field(None, description=_KEEP_LAST)
    keep_days: KeepDays | None = Field(None, description=_KEEP_DAYS)
    preset: Preset | None = None
    collection: CollectionName | None = Field(None, description="Empty or null: none")
    playlist: bool | None = None
    subtitles: list[Language] | None = Field(None, max_length=MOST_LANGUAGES)
    sponsorblock: list[SponsorBlockCategory] | None = Field(None, max_length=len(SponsorBlockCategory))

    @model_validator(mode="after")
    def _null_where_it_means_something(self) -> Self:
        empty = {name for name in self.model_fields_set if getattr(self, name) is None}
        if wrong := empty - {"keep_last", "keep_days", "collection"}:
            raise ValueError(f"Leave out what shall stay: {', '.join(sorted(wrong))}.")
        return self

    def options(self) -> dict[str, Any]:
        """The options that were given."""
        return self.model_dump(mode="json", include=self.model_fields_set & DownloadOptions.model_fields.keys())


class FollowAllowed(BaseModel):
    check: DownloadAction
    pause: DownloadAction
    resume: DownloadAction
    delete: DownloadAction


class FollowRead(BaseModel):
    id: UUID
    user_id: UUID
    url: str
    title: str
    kind: str
    status: FollowStatus
    problem: str | None = Field(description="Why nothing comes, in plain words")
    preset: Preset
    collection: str | None
    playlist: bool
    subtitles: list[str]
    sponsorblock: list[SponsorBlockCategory]
    every_hours: int
    start: FollowStart
    keep_last: int | None
    keep_days: int | None
    last_checked_at: datetime | None
    next_check_at: datetime | None = Field(description="null while it is paused")
    videos_found: int = Field(description="Videos taken since it is followed")
    videos_kept: int = Field(description="Videos that are there")
    bytes: int
    download_id: UUID | None = Field(description="The download that its videos are in, once there is one")
    created_at: datetime
    version: int
    allowed: FollowAllowed


class FollowList(BaseModel):
    items: list[FollowRead]
    next_cursor: str | None
