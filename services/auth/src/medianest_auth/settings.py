"""What the auth service is started with."""

from typing import ClassVar

from pydantic import Field, SecretStr

from medianest_common.settings import BaseUrl, RuntimeSettings


class Settings(RuntimeSettings):
    service: ClassVar[str] = "auth"

    redis_url: SecretStr = Field(description="redis://:password@host:port/0; keeps which sessions live")
    csrf_key: SecretStr = Field(min_length=32, description="Secret shared with the gateway; binds CSRF tokens")
    encryption_keys: SecretStr = Field(description="<id>:<base64 of 32 bytes>, the newest first; seals what is at rest")
    reader_key: SecretStr | None = Field(None, description="Opens integrations' secrets sealed for this service")
    service_public_keys: dict[str, str] = Field(
        default_factory=dict, description='JSON {"gateway": "<base64url of 32 bytes>", ...}: who may call /internal'
    )
    plex_tv_url: BaseUrl = Field("https://plex.tv", description="The Plex account service")
    plex_auth_url: BaseUrl = Field("https://app.plex.tv/auth", description="Where the redirect form sends people")
    plex_link_url: BaseUrl = Field("https://plex.tv/link", description="Where people type the code")
    plex_client_id: str | None = Field(None, description="This installation's id at plex.tv; none: made once, and kept")
    plex_product: str = Field("MediaNest", description="The name people see at plex.tv")
    setup_code: SecretStr | None = Field(
        None, min_length=12, description="One-time set-up code, given rather than printed"
    )
