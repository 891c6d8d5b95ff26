"""Everything a run has decided before it starts services: ports, addresses, secrets, folders."""

import secrets
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from medianest_devstack.credentials import Credentials
from medianest_devstack.databases import url_with
from medianest_devstack.errors import DevstackError
from medianest_devstack.ports import LOOPBACK, PortBook, require_free
from medianest_devstack.servers import Ports, Servers
from medianest_devstack.settings import Environment, RunSettings

# Ports that no person types; each can be fixed by MEDIANEST_<NAME>_PORT.
INNER_PORTS = ("auth", "requests", "downloader", "worker", "status", "gateway_internal")
SERVER_PORTS = ("postgres", "nats", "valkey")

# The database of a service, and the roles that may connect to it beside its own.
DATABASES: dict[str, tuple[str, ...]] = {
    "auth": (),
    "requests": (),
    "downloader": ("downloader_worker",),
    "status": (),
}


def choose_ports(settings: RunSettings, book: PortBook) -> dict[str, int]:
    """Return every port by name; raise PortInUseError for one that a setting fixes and somebody has."""
    fixed = {name: getattr(settings, f"{name}_port") for name in (*SERVER_PORTS, *INNER_PORTS)}
    _refuse_one_port_twice(settings, fixed)
    for name, port in fixed.items():
        if port is not None:
            require_free(port, owner=name, setting=f"MEDIANEST_{name.upper()}_PORT")
    require_free(settings.port, owner="the gateway", setting="MEDIANEST_PORT", host=settings.http_host)
    if settings.uses_sandbox:
        require_free(settings.sandbox_port, owner="the sandbox", setting="MEDIANEST_SANDBOX_PORT")
    chosen = {name: port or book.choose(name) for name, port in fixed.items()}
    book.save()
    return chosen | {"gateway": settings.port, "sandbox": settings.sandbox_port}


def _refuse_one_port_twice(settings: RunSettings, fixed: dict[str, int | None]) -> None:
    """Each port is free; that two of ours are the same one would show only when the second cannot begin."""
    sandbox = settings.sandbox_port if settings.uses_sandbox else None
    holders: dict[int, str] = {}
    for name, port in {"": settings.port, "sandbox": sandbox, **fixed}.items():
        setting = f"MEDIANEST_{name}_PORT".upper().replace("__", "_")
        if port is not None and (other := holders.setdefault(port, setting)) != setting:
            raise DevstackError(f"{other} and {setting} are both {port}: give each a port of its own.")


def remembered_ports(settings: RunSettings, book: PortBook) -> dict[str, int]:
    """Return the ports of the run that is on now."""
    inner = (*SERVER_PORTS, *INNER_PORTS)
    ports = {name: getattr(settings, f"{name}_port") or book.remembered(name) or 0 for name in inner}
    return ports | {"gateway": settings.port, "sandbox": settings.sandbox_port}


@dataclass(frozen=True)
class Plan:
    """What the table of processes is filled from."""

    project: Path
    state: Path
    environment: Environment
    ports: dict[str, int]
    credentials: Credentials
    servers: Servers

    @property
    def settings(self) -> RunSettings:
        return self.environment.settings

    @property
    def media(self) -> Path:
        """The folder that downloads end in."""
        return (self.settings.media_dir or self.state / "media").expanduser().resolve()

    @property
    def gateway_url(self) -> str:
        """The gateway as programs on this machine reach it."""
        host = self.settings.http_host
        return f"http://{LOOPBACK if host in ('0.0.0.0', '::', 'localhost') else host}:{self.ports['gateway']}"  # noqa: S104 - a comparison

    @property
    def sandbox_url(self) -> str:
        return self.url("sandbox")

    @property
    def python(self) -> str:
        return sys.executable

    def url(self, name: str) -> str:
        """The base URL of a process on this machine."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def secret(self, name: str) -> str:
        """A password or key text of this run by name."""
        return self.credentials.get(name)

    def role_password(self, role: str) -> str:
        return self.credentials.get(f"database_{role}")

    def database_url(self, database: str, role: str) -> str:
        """The URL of a service's database as one of its roles."""
        return url_with(self.servers.postgres.url, database=database, role=role, password=self.role_password(role))

    def plex_client_id(self) -> str:
        """What plex.tv knows this installation by."""
        return self.credentials.get("plex_client_id", lambda: str(uuid.uuid4()))

    def setup_code(self) -> str:
        return self.credentials.get("setup_code", new_setup_code)


def new_setup_code() -> str:
    """Return a code that a person can type: four groups of five, no letter that looks like a digit."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def server_ports(ports: dict[str, int]) -> Ports:
    """The servers' share of the chosen ports."""
    return Ports(postgres=ports["postgres"], nats=ports["nats"], valkey=ports["valkey"])
