"""The settings of the status service."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, SecretStr

from medianest_common.crypto import Sealer
from medianest_common.settings import BaseUrl, RuntimeSettings


def _sealing_key(value: SecretStr) -> SecretStr:
    Sealer(value.get_secret_value())
    return value


SealingKey = Annotated[SecretStr, AfterValidator(_sealing_key)]


class MigrationSettings(RuntimeSettings):
    """All that bringing the database up to date needs."""

    service: ClassVar[str] = "status"


class StatusSettings(RuntimeSettings):
    service: ClassVar[str] = "status"

    encryption_keys: SealingKey = Field(description="<id>:<base64 of 32 bytes>, newest first; seals the stored secrets")
    reader_keys: dict[str, SealingKey] = Field(
        default_factory=dict, description="JSON, service name to its own sealing key: who may be given secrets"
    )
    plex_url: BaseUrl | None = Field(None, description="First address of the Plex server")
    plex_token: SecretStr | None = Field(None, description="First Plex token, of the server's owner")
    overseerr_url: BaseUrl | None = Field(None, description="First address of Overseerr or Seerr")
    overseerr_api_key: SecretStr | None = Field(None, description="First API key of Overseerr or Seerr")
    uptime_kuma_url: BaseUrl | None = Field(None, description="First address of Uptime Kuma")
    uptime_kuma_api_key: SecretStr | None = Field(None, description="First API key of Uptime Kuma")
    uptime_kuma_webhook_secret: SecretStr | None = Field(
        None, description="What Uptime Kuma sends in `Authorization`; without it its webhook is refused"
    )
    webhook_base_url: BaseUrl | None = Field(None, description="How outside systems reach the suite")
    probe_interval: float = Field(15.0, ge=0.5, le=300, description="Seconds between two probes of one service")
    probe_deadline: float = Field(5.0, ge=0.5, le=30, description="Seconds a probe may take")
    slow_after_ms: int = Field(2_500, ge=100, description="An answer slower than this makes a service limited")
    public_status: bool = Field(False, description="Whether the status page may be seen without signing in")
