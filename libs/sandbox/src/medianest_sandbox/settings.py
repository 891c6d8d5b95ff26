"""What a sandbox is started with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Webhook:
    """Where a system posts its notifications, and the value of the `Authorization` header it sends (or none)."""

    url: str
    authorization: str = ""


@dataclass(frozen=True)
class Settings:
    """One sandbox. Without a state folder nothing outlives the process; times are seconds."""

    media: Path
    host: str = "127.0.0.1"
    port: int = 8090
    state: Path | None = None
    overseerr_webhook: Webhook | None = None
    kuma_webhook: Webhook | None = None
    scan_seconds: float = 1.5
    beat_seconds: float = 3.0
    auto_progress_seconds: float | None = None
    bytes_per_second: int | None = 150_000

    @property
    def base_url(self) -> str:
        """The address under which the sandbox reaches itself, for absolute URLs made outside a request."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104  # a comparison, no binding
        return f"http://{host}:{self.port}"
