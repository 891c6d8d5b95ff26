"""The servers of the tests in Docker containers, for machines where the wheels do not run."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from docker.errors import DockerException
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from medianest_common.broker_access import Credential, ServerOptions, server_config
from medianest_devstack.credentials import new_secret
from medianest_devstack.errors import DevstackError

_IMAGES = {"postgres": "postgres:18", "nats": "nats:2.15", "valkey": "valkey/valkey:9.1"}
_CONFIG = "/etc/medianest-nats.conf"


def _image(server: str) -> str:
    return os.environ.get(f"MEDIANEST_TEST_{server.upper()}_IMAGE", _IMAGES[server])


def _new(server: str, port: int) -> DockerContainer:
    try:
        return DockerContainer(_image(server)).with_exposed_ports(port)
    except DockerException as error:
        raise DevstackError("--containers was given, and no Docker engine answers on this machine.") from error


@contextmanager
def _running(container: DockerContainer, port: int, ready: LogMessageWaitStrategy) -> Iterator[str]:
    """Yield host:port while the container runs."""
    container.waiting_for(ready)
    try:
        container.start()
    except (DockerException, TimeoutError) as error:
        container.stop()
        raise DevstackError(f"The container of {container.image} did not start: {error}") from error
    try:
        yield f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"
    finally:
        container.stop()


@contextmanager
def postgres_container() -> Iterator[str]:
    """Yield the superuser's URL."""
    password = new_secret()
    container = _new("postgres", 5432).with_env("POSTGRES_USER", "medianest").with_env("POSTGRES_PASSWORD", password)
    container.with_command("postgres -c fsync=off -c max_connections=200")
    # The image starts the server twice: once to initialise, once for good.
    ready = LogMessageWaitStrategy("ready to accept connections", times=2)
    with _running(container, 5432, ready) as address:
        yield f"postgresql://medianest:{password}@{address}/postgres"


@contextmanager
def nats_container(passwords: Mapping[str, str]) -> Iterator[str]:
    """Yield the URL of a NATS with the users and rights of the contracts."""
    options = ServerOptions(name="medianest-test", listen="0.0.0.0:4222", monitor="0.0.0.0:8222", store="/data")
    text = server_config(options, {user: Credential(password=value) for user, value in passwords.items()})
    container = _new("nats", 4222).with_command(f"-c {_CONFIG}")
    container.with_copy_into_container(text.encode(), _CONFIG)
    with _running(container, 4222, LogMessageWaitStrategy("Server is ready")) as address:
        yield f"nats://{address}"


@contextmanager
def valkey_container() -> Iterator[str]:
    """Yield the URL of a Valkey with a password."""
    password = new_secret()
    container = _new("valkey", 6379).with_command(f"valkey-server --requirepass {password} --save ''")
    with _running(container, 6379, LogMessageWaitStrategy("Ready to accept connections")) as address:
        yield f"redis://:{password}@{address}/0"
