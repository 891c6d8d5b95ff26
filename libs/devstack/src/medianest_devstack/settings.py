"""What a person may set for a run: `.env` and the environment, checked before anything starts."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from medianest_devstack import dotenv
from medianest_devstack.errors import DevstackError
from medianest_devstack.service_settings import FOR_SERVICES

PREFIX = "MEDIANEST_"

# Made or known by the runner; a value from outside would part the services from each other.
OURS = frozenset(
    {
        *("MEDIANEST_AUTH_URL", "MEDIANEST_REQUESTS_URL", "MEDIANEST_DOWNLOADER_URL", "MEDIANEST_STATUS_URL"),
        *("MEDIANEST_DATABASE_URL", "MEDIANEST_REDIS_URL", "MEDIANEST_HTTP_PORT", "MEDIANEST_INTERNAL_PORT"),
        *("MEDIANEST_NATS_URL", "MEDIANEST_NATS_USER", "MEDIANEST_NATS_PASSWORD", "MEDIANEST_NATS_SEED"),
        *("MEDIANEST_CSRF_KEY", "MEDIANEST_ENCRYPTION_KEYS", "MEDIANEST_READER_KEY", "MEDIANEST_READER_KEYS"),
        *("MEDIANEST_SERVICE_KEY", "MEDIANEST_SERVICE_PUBLIC_KEYS", "MEDIANEST_SETUP_CODE"),
    }
)
_PROGRAMS = frozenset(
    {
        *("MEDIANEST_POSTGRES_BIN", "MEDIANEST_NATS_BIN", "MEDIANEST_VALKEY_BIN"),
        *("MEDIANEST_FFMPEG", "MEDIANEST_FFPROBE"),
    }
)
_SECRET_WORDS = ("TOKEN", "KEY", "PASSWORD", "SECRET", "SEED")
_NOT_OF_A_RUN = ("MEDIANEST_TEST_",)
_ALIKE = 0.85  # of two names' letters: MEDIANST_PORT is meant for us, NOTOURS_PORT is not
_PROXY = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address that begins with http:// or https://")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
Port = Annotated[int, Field(ge=1, le=65535)]
Secret = Annotated[str, Field(min_length=1)]


class RunSettings(BaseModel):
    """The settings that the runner itself understands, by their names without the prefix."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    port: Port = 8080
    http_host: str = Field("127.0.0.1", min_length=1)
    public_url: WebAddress | None = None
    webhook_base_url: WebAddress | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "console"
    media_dir: Path | None = None

    sandbox: Literal["on", "off"] | None = None
    sandbox_port: Port = 8090
    plex_url: WebAddress | None = None
    plex_token: Secret | None = None
    overseerr_url: WebAddress | None = None
    overseerr_api_key: Secret | None = None
    uptime_kuma_url: WebAddress | None = None
    uptime_kuma_api_key: Secret | None = None
    overseerr_webhook_secret: Secret | None = None
    uptime_kuma_webhook_secret: Secret | None = None

    postgres_port: Port | None = None
    nats_port: Port | None = None
    valkey_port: Port | None = None
    auth_port: Port | None = None
    requests_port: Port | None = None
    downloader_port: Port | None = None
    worker_port: Port | None = None
    status_port: Port | None = None
    gateway_internal_port: Port | None = None

    @property
    def origin(self) -> str:
        """What browsers type."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def uses_sandbox(self) -> bool:
        """The sandbox stands in until a real system is named, or it is refused."""
        if self.sandbox is not None:
            return self.sandbox == "on"
        return not (self.plex_url or self.overseerr_url or self.uptime_kuma_url)


class Environment:
    """The settings of a run, and what is handed on to the services unread."""

    def __init__(self, settings: RunSettings, others: Mapping[str, str], outside: Mapping[str, str]) -> None:
        self.settings = settings
        self.others = {name: value for name, value in others.items() if name not in _PROGRAMS}
        self.programs = {name: value for name, value in others.items() if name in _PROGRAMS}
        self.outside = dict(outside)

    @classmethod
    def load(cls, project: Path, environ: Mapping[str, str] = os.environ) -> "Environment":
        """Read `.env` and, above it, the environment; raise DevstackError naming what is not usable, not its value."""
        written = dotenv.read(project / ".env", _refuse_misspelt)
        from_file = {name: value for name, value in written.items() if name.startswith(PREFIX)}
        from_environment = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
        values = {
            name: value
            for name, value in {**from_file, **from_environment}.items()
            if value and not name.startswith(_NOT_OF_A_RUN)
        }
        origin = {name: "the environment" if name in from_environment else ".env" for name in values}
        _refuse_ours(origin)
        known = {name for name in values if name.removeprefix(PREFIX).lower() in RunSettings.model_fields}
        others = {name: value for name, value in values.items() if name not in known}
        _refuse_unknown_secrets(others, origin)
        settings = _validated({name: values[name] for name in known}, origin)
        return cls(settings, others, {name: value for name, value in environ.items() if name.upper() in _PROXY})


def _refuse_misspelt(name: str, where: str) -> None:
    """A name in `.env` that nobody knows would be passed over in silence."""
    ours = {f"{PREFIX}{field.upper()}" for field in RunSettings.model_fields} | OURS | _PROGRAMS | FOR_SERVICES
    if name in ours or name.startswith(_NOT_OF_A_RUN):
        return
    meant = difflib.get_close_matches(name.upper(), sorted(ours - OURS), n=1, cutoff=_ALIKE)
    if meant or name.startswith(PREFIX):
        hint = f"did you mean {meant[0]}?" if meant else "correct its name or remove it."
        raise DevstackError(f"{where}: {name} is no setting that is known: {hint}")


def _refuse_ours(origin: Mapping[str, str]) -> None:
    if name := next((name for name in sorted(origin) if name in OURS), None):
        raise DevstackError(f"{name} in {origin[name]} is not for you to set here: a run makes it itself. Remove it.")


def _refuse_unknown_secrets(others: Mapping[str, str], origin: Mapping[str, str]) -> None:
    """A secret goes to the service it is for; one whose service is unknown would have to go to all."""
    for name in sorted(others):
        if any(word in name for word in _SECRET_WORDS) and not name.endswith(("_BIN", "_DIR", "_SECONDS")):
            raise DevstackError(f"{name} in {origin[name]} is no setting that is known: correct its name or remove it.")


def _validated(values: Mapping[str, str], origin: Mapping[str, str]) -> RunSettings:
    try:
        return RunSettings.model_validate({name.removeprefix(PREFIX).lower(): value for name, value in values.items()})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = PREFIX + str(first["loc"][0]).upper()
        reason = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        raise DevstackError(f"{name} in {origin[name]} is not usable: it {reason}.") from None
