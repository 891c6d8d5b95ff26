"""What the gateway is started with."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from medianest_common.settings import BaseUrl, ServiceSettings

Network = IPv4Network | IPv6Network


def split(text: str) -> list[str]:
    """The entries of a comma-separated setting."""
    return [entry.strip() for entry in text.split(",") if entry.strip()]


class Settings(ServiceSettings):
    service: ClassVar[str] = "gateway"

    http_port: int = Field(8080, ge=1, le=65535, description="The public port")
    internal_host: str = Field("127.0.0.1", description="Where health and metrics are answered; never at the edge")
    internal_port: int = Field(8081, ge=1, le=65535, description="Port of health and metrics")
    redis_url: SecretStr = Field(description="redis://:password@host:port/0, rediss:// with TLS")
    redis_ca: Path | None = Field(None, description="Certificate authority of Redis, when it is our own")
    csrf_key: SecretStr = Field(min_length=32, description="Secret shared with auth; binds CSRF tokens to sessions")
    service_key: SecretStr = Field(description="Own Ed25519 private key, base64url of 32 bytes, for calls to auth")
    auth_url: BaseUrl = Field(description="The auth service")
    requests_url: BaseUrl = Field(description="The requests service")
    downloader_url: BaseUrl = Field(description="The downloader's api role")
    status_url: BaseUrl = Field(description="The status service")
    web_dir: Path | None = Field(None, description="Folder with the built web client; none: no pages are served")
    trusted_proxies: str = Field("", description="Networks whose X-Forwarded-For counts, comma-separated")
    cors_origins: str = Field("", description="Other origins whose pages may call the API, comma-separated")
    rate_limit_enabled: bool = Field(True, description="False counts nothing; for measurements")
    rate_api_per_minute: int = Field(100, ge=1, description="Calls of one user to one route in a minute")
    rate_requests_per_hour: int = Field(20, ge=1, description="Media requests of one user in an hour")
    rate_downloads_per_hour: int = Field(5, ge=1, description="Download submissions of one user in an hour")
    rate_sign_in_per_quarter: int = Field(10, ge=1, description="Sign-ins from one address in 15 minutes")
    rate_pin_polls_per_minute: int = Field(120, ge=1, description="Looks at a sign-in from one address in a minute")
    rate_sign_in_global_per_minute: int = Field(120, ge=1, description="Sign-ins from all addresses in a minute")
    max_sockets: int = Field(5000, ge=1, description="Open live connections at once; needs as many files")
    max_sockets_per_user: int = Field(50, ge=1, description="Live connections one user may have open at once")
    head_deadline: float = Field(10.0, gt=0, description="Seconds a caller has to send the head of a call")
    body_deadline: float = Field(30.0, gt=0, description="Seconds a caller has for a body, and for each 512 KiB of it")
    upstream_deadline: float = Field(30.0, gt=0, description="Seconds a service has to begin its answer")
    upstream_connections: int = Field(100, ge=1, description="Connections kept to one service")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks_parse(cls, text: str) -> str:
        for entry in split(text):
            ip_network(entry)
        return text

    @field_validator("cors_origins")
    @classmethod
    def _origins_are_origins(cls, text: str) -> str:
        for entry in split(text):
            scheme, separator, rest = entry.partition("://")
            if scheme not in ("http", "https") or not separator or not rest or "/" in rest or "*" in rest:
                raise ValueError("an origin is http(s)://host[:port], without a path or wildcard")
        return text

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        return tuple(ip_network(entry) for entry in split(self.trusted_proxies))

    @property
    def allowed_origins(self) -> frozenset[str]:
        """The origins besides our own."""
        return frozenset(split(self.cors_origins))

    @property
    def upstreams(self) -> dict[str, str]:
        """Base address of each service the route table names."""
        return {
            "auth": self.auth_url,
            "requests": self.requests_url,
            "downloader": self.downloader_url,
            "status": self.status_url,
        }

    @property
    def most_of_user(self) -> int:
        """Live connections of one user; measurements open all of them as one."""
        return self.max_sockets_per_user if self.rate_limit_enabled else self.max_sockets

    @property
    def share_of_caller(self) -> int:
        """Connections to one service that one caller may hold; measurements call as one."""
        return max(1, self.upstream_connections // 4) if self.rate_limit_enabled else self.upstream_connections

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")
