"""What the requests service is started with."""

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from medianest_common.settings import BaseUrl, DatabaseSettings, RuntimeSettings, ServiceSettings


class RequestsSettings(RuntimeSettings):
    service: ClassVar[str] = "requests"

    auth_url: BaseUrl = Field(description="Internal address of the auth service")
    service_key: SecretStr = Field(description="Own Ed25519 private key, base64url of 32 bytes (service tokens)")
    reader_key: SecretStr = Field(description="Own key for integrations' secrets, <id>:<base64 of 32 bytes>")
    overseerr_webhook_secret: SecretStr | None = Field(
        None, min_length=16, description="What Overseerr sends in `Authorization`; none: its webhook is refused"
    )
    approval: Literal["medianest", "overseerr"] = Field("medianest", description="Where a request is decided upon")
    movie_quota: int = Field(20, ge=0, description="Films a user may ask for in one window; 0: no limit")
    series_quota: int = Field(40, ge=0, description="Seasons a user may ask for in one window; 0: no limit")
    quota_days: int = Field(7, ge=1, le=365, description="Length of the rolling quota window, in days")
    ambiguous_wait_seconds: float = Field(
        120, ge=0, description="How long to wait before looking what became of a submission without an answer"
    )
    reconcile_seconds: float = Field(60, ge=1, description="Pause between two comparisons with Overseerr")
    tmdb_image_url: BaseUrl = Field("https://image.tmdb.org", description="Where posters are when Overseerr keeps none")
    artwork_cache_bytes: int = Field(32 * 1024**2, ge=0, description="Memory for resized pictures, in bytes")

    @property
    def ambiguous_wait(self) -> timedelta:
        return timedelta(seconds=self.ambiguous_wait_seconds)

    @property
    def quota_window(self) -> timedelta:
        return timedelta(days=self.quota_days)


class MigrationSettings(ServiceSettings, DatabaseSettings):
    """What `migrate` needs: the database and nothing more."""

    service: ClassVar[str] = "requests"
