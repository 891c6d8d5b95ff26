"""The settings every service has; each service adds its own in one frozen class.

Values come from the environment (`MEDIANEST_…`) and from secret files; nothing else reads either.
"""

from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

_SECRETS = Path("/run/secrets")


def _no_trailing_slash(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_no_trailing_slash)]
"""An http(s) address without a trailing slash."""


class SettingsPart(BaseSettings):
    """Where settings are read from. Every part derives from it: with several bases the last one's source counts."""

    model_config = SettingsConfigDict(
        env_prefix="MEDIANEST_",
        env_nested_delimiter="__",
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
        frozen=True,
        extra="ignore",
    )


class ServiceSettings(SettingsPart):
    service: ClassVar[str]

    environment: Literal["development", "production"] = Field("production", description="How strict to be")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="The least that is logged")
    log_format: Literal["json", "console"] = Field("json", description="json for machines, console for people")
    http_host: str = Field("127.0.0.1", description="Address to listen on")
    http_port: int = Field(8000, ge=1, le=65535, description="Port to listen on")
    public_url: BaseUrl = Field("http://localhost:8080", description="What browsers type; decides cookies and HSTS")
    nats_url: str = Field("nats://127.0.0.1:4222", description="The broker; tls:// where it has a certificate")
    nats_user: str | None = Field(None, description="Broker user, with a password (development)")
    nats_password: SecretStr | None = Field(None, description="The broker user's password")
    nats_seed: SecretStr | None = Field(None, description="The broker user's nkey seed (production)")
    nats_ca: Path | None = Field(None, description="Certificate authority of the broker, when it is our own")
    otlp_endpoint: str | None = Field(None, description="OpenTelemetry collector (OTLP over HTTP); none: no traces")


class DatabaseSettings(SettingsPart):
    """Mixed into the settings of a service with tables."""

    database_url: SecretStr = Field(description="postgresql://role:password@host:port/database")
    database_pool_size: int = Field(5, ge=1, le=100, description="Connections kept by one process")
    database_pooled: bool = Field(False, description="True behind PgBouncer in transaction mode")


class RuntimeSettings(ServiceSettings, DatabaseSettings):
    """Settings of a service that has both tables and the broker."""


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def load_settings(kind: type[SettingsT]) -> SettingsT:
    """Read the settings, or end the process with one sentence that names every unusable one, never its value."""
    try:
        return kind()
    except ValidationError as error:
        faults = "; ".join(f"MEDIANEST_{'__'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise SystemExit(f"The settings are not usable. {faults}") from None
