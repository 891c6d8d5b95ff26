"""Commands beside a run: migrate, check the broker's configuration, add a subscriber."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

from medianest_devstack import binaries
from medianest_devstack.console import Console
from medianest_devstack.credentials import Credentials
from medianest_devstack.errors import DevstackError
from medianest_devstack.files import make_state_folder, write_private
from medianest_devstack.lock import RunLock, holder
from medianest_devstack.migrations import prepare_databases
from medianest_devstack.plan import Plan, choose_ports, remembered_ports, server_ports
from medianest_devstack.ports import PortBook
from medianest_devstack.servers import Servers
from medianest_devstack.servers.nats import SUBSCRIBER, NatsServer, nats_passwords
from medianest_devstack.settings import Environment

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


async def migrate(project: Path, state: Path) -> None:
    """Migrate every database: in the running Postgres, or in one started for the purpose."""
    make_state_folder(state)
    if holder(state / "lock") is not None:
        await prepare_databases(_plan(project, state, running=True), Console().line, 1)
        return
    with RunLock(state / "lock"):
        plan = _plan(project, state, running=False)
        async with plan.servers.postgres:
            await prepare_databases(plan, Console().line, 1)


def _plan(project: Path, state: Path, *, running: bool) -> Plan:
    environment = Environment.load(project)
    book = PortBook(state / "ports.json")
    ports = remembered_ports(environment.settings, book) if running else choose_ports(environment.settings, book)
    credentials = Credentials(state / "secrets.json")
    servers = Servers(state, ports=server_ports(ports), credentials=credentials)
    return Plan(project, state, environment, ports, credentials, servers)


def check_broker() -> None:
    """Let nats-server read the configuration made from the contracts; raise DevstackError with what it says."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        server = NatsServer(place, passwords=nats_passwords(Credentials(place / "secrets.json")), port=4222)
        write_private(place / "nats.conf", server.configuration())
        checked = subprocess.run(
            [str(binaries.find("nats")), "-t", "-c", str(place / "nats.conf")],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    if checked.returncode:
        raise DevstackError(f"nats-server refuses the generated configuration: {checked.stderr.strip()}")


def add_subscriber(state: Path, name: str) -> str:
    """Make a user in the readers' account, in the running broker too; return how to sign in as it."""
    if not _NAME.fullmatch(name):
        raise DevstackError("A subscriber's name is of lower-case letters, digits, - and _, and begins with a letter.")
    make_state_folder(state)
    password = Credentials(state / "secrets.json").get(f"{SUBSCRIBER}{name}")
    port = PortBook(state / "ports.json").remembered("nats")
    if runner := holder(state / "lock"):
        os.kill(runner, signal.SIGUSR1)
    where = f"nats://{name}:{password}@127.0.0.1:{port}" if port else "(the broker has not run here yet)"
    return f"{name} may read MEDIANEST_EVT and medianest.evt.> with the inbox prefix _INBOX.subscriber: {where}"
