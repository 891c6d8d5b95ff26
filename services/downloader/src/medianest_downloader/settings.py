"""The settings of both roles; a worker is given only its own part."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from medianest_common.settings import BaseUrl, DatabaseSettings, RuntimeSettings, ServiceSettings, SettingsPart
from medianest_downloader.domain.naming import Layout

_GIB = 1024**3
_YOUTUBE = ("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "youtu.be")
_LOOPBACK = ("127.0.0.1", "localhost")
_YOUTUBE_MEDIA = ("googlevideo.com", "ytimg.com", "ggpht.com")
_YOUTUBE_EXTRACTORS = ("youtube", "youtube:tab", "youtube:playlist", "YoutubeYtBe")


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A comma-separated list."""

AbsolutePath = Annotated[Path, AfterValidator(lambda path: path.absolute())]


class FetchSettings(SettingsPart):
    """What a yt-dlp child may do; both roles start such children (the api role lists, the worker fetches)."""

    media_dir: AbsolutePath = Field(description="The library folder of downloads, shared by every worker")
    work_dir: AbsolutePath | None = Field(None, description="Where unfinished files lie; default MEDIA_DIR/.work")
    ffmpeg: str | None = Field(None, description="Path of ffmpeg; default: the one on PATH")
    ffprobe: str | None = Field(None, description="Path of ffprobe; default: the one on PATH")
    allowed_extractors: Names = Field(_YOUTUBE_EXTRACTORS, description="yt-dlp extractors that may be used")
    allowed_hosts: Names | None = Field(
        None, description="Hosts whose pages may be given as an address; default YouTube's (and loopback, if allowed)"
    )
    media_hosts: Names = Field(_YOUTUBE_MEDIA, description="Further domains that media and pictures may come from")
    allow_private_addresses: bool = Field(
        False, description="Let children reach loopback and private addresses, over http too (development only)"
    )
    child_memory_mb: int = Field(1024, ge=128, description="Memory of one child, in MiB")
    max_file_bytes: int = Field(20 * _GIB, ge=1, description="Largest file a child may write")
    max_items: int = Field(1000, ge=1, le=5000, description="Longest playlist that is taken")

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts that may stand in an address."""
        if self.allowed_hosts is not None:
            return self.allowed_hosts
        return _YOUTUBE + (_LOOPBACK if self.allow_private_addresses else ())

    @property
    def work_folder(self) -> Path:
        return self.work_dir or self.media_dir / ".work"


class ApiSettings(RuntimeSettings, FetchSettings):
    service: ClassVar[str] = "downloader"

    auth_url: BaseUrl = Field("http://127.0.0.1:8001", description="The auth service, for users' Plex tokens")
    service_key: SecretStr | None = Field(None, description="Own Ed25519 private key; none: no private playlists")
    reader_key: SecretStr | None = Field(None, description="Opens the integrations' secrets; none: nothing into Plex")
    plex_media_dir: str | None = Field(None, description="MEDIA_DIR as Plex sees it; default the same path")
    plex_client_id: str = Field("medianest", description="How we name ourselves to Plex")
    egress_slots: int = Field(3, ge=1, le=100, description="Items at once on one way out, over all workers")
    per_user_slots: int = Field(10, ge=1, le=1000, description="Items at once for one user")
    download_quota_bytes: int = Field(50 * 10**9, ge=0, description="Bytes a user may keep, unless theirs is set")
    follows_per_user: int = Field(50, ge=0, le=1000, description="Channels and playlists one user may follow")
    follow_gap_seconds: float = Field(60, ge=0, description="Shortest time between two checks of a follow")
    preview_seconds: float = Field(45, gt=0, description="How long a preview may take")
    listing_seconds: float = Field(180, gt=0, description="How long listing a playlist may take")


class WorkerSettings(ServiceSettings, DatabaseSettings, FetchSettings):
    service: ClassVar[str] = "worker"

    worker_id: str | None = Field(None, pattern=r"^[A-Za-z0-9_-]{1,60}$", description="Name; default host and process")
    egress: str = Field("main", pattern=r"^[a-z0-9-]{1,40}$", description="The way out this worker uses")
    slots: int = Field(3, ge=1, le=50, description="Items at once in this worker")
    item_deadline_seconds: float = Field(4 * 3600, gt=0, description="Longest time for one item")
    silence_seconds: float = Field(300, gt=0, description="How long a fetching child may say nothing")
    lease_seconds: float = Field(20, ge=3, le=300, description="How long an item stays ours without renewing")
    layout: Layout = Field(
        Layout.VIDEOS,
        description="`videos`: a folder a download (Other Videos); `tv`: a channel is a show, a year a season",
    )
    drain_seconds: float = Field(10, ge=0, le=3600, description="What running items get to finish when told to stop")
    min_free_bytes: int = Field(_GIB, ge=0, description="Free space below which nothing new is fetched")
    sponsorblock_api: BaseUrl = Field("https://sponsor.ajay.app", description="Asked for what shall be cut out")
    retry_seconds: float = Field(30, gt=0, description="First delay after a temporary failure; it doubles")


class MigrateSettings(ServiceSettings, DatabaseSettings):
    service: ClassVar[str] = "downloader"
