"""NATS with JetStream: users and rights from the contracts, and a name that tells ours from a stray one."""

import json
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path

from medianest_common.broker_access import USERS, Credential, ServerOptions, server_config
from medianest_common.contracts.streams import DEFAULT_EGRESS
from medianest_devstack import binaries
from medianest_devstack.child import Command, LineSink, discard
from medianest_devstack.credentials import Credentials
from medianest_devstack.files import write_private
from medianest_devstack.ports import free_port
from medianest_devstack.probes import http_get
from medianest_devstack.servers.base import CLEAN_ENVIRONMENT, Server

SUBSCRIBER = "nats_subscriber_"


def nats_passwords(credentials: Credentials) -> dict[str, str]:
    """Return the password of every user of the contracts, and of the subscribers added on this machine."""
    ours = {user: credentials.get(f"nats_{user}") for user in USERS}
    return ours | {name.removeprefix(SUBSCRIBER): credentials.get(name) for name in credentials.names(SUBSCRIBER)}


class NatsServer(Server):
    """A nats-server of our own, with the users of the contracts; `passwords` is by user."""

    name = "NATS"
    setting = "MEDIANEST_NATS_PORT"

    def __init__(
        self,
        folder: Path,
        *,
        passwords: Mapping[str, str],
        egresses: tuple[str, ...] = (DEFAULT_EGRESS,),
        port: int | None = None,
        fast: bool = False,
        sink: LineSink = discard,
    ) -> None:
        """Users in `passwords` that the contracts do not name become subscribers in the readers' account."""
        super().__init__(folder, port=port, fast=fast, sink=sink)
        self.passwords = dict(passwords)
        self._egresses = egresses
        self._program = binaries.find("nats")
        self._monitor_port = 0
        self._server_name = ""

    @property
    def url(self) -> str:
        """The address without a user, as `MEDIANEST_NATS_URL` has it."""
        return f"nats://{self.address}"

    @property
    def monitor_url(self) -> str:
        """Base URL of the server's own HTTP monitoring."""
        return f"http://127.0.0.1:{self._monitor_port}"

    def url_for(self, user: str) -> str:
        """The address with a user and its password."""
        return f"nats://{user}:{self.passwords[user]}@{self.address}"

    def configuration(self) -> str:
        """Return the text of the configuration file for the ports and the name of now."""
        options = ServerOptions(
            name=self._server_name,
            listen=self.address,
            monitor=f"127.0.0.1:{self._monitor_port}",
            store=str(self.folder / "jetstream"),
            egresses=self._egresses,
            extra_subscribers=tuple(user for user in self.passwords if user not in USERS),
        )
        return server_config(options, {user: Credential(password=value) for user, value in self.passwords.items()})

    async def prepare(self) -> None:
        self._monitor_port = free_port(avoid=[self._port])
        self._server_name = f"medianest-{secrets.token_hex(6)}"
        write_private(self.folder / "nats.conf", self.configuration())

    def command(self) -> Command:
        return Command(
            name="nats",
            argv=[str(self._program), "-c", str(self.folder / "nats.conf")],
            env=CLEAN_ENVIRONMENT,
            cwd=self.folder,
        )

    def reload(self, passwords: Mapping[str, str]) -> None:
        """Give the running server other users; those who are connected and still known stay connected."""
        self.passwords = dict(passwords)
        write_private(self.folder / "nats.conf", self.configuration())
        self.child.signal(signal.SIGHUP)

    async def answers(self) -> bool:
        """JetStream is healthy, and it is this very server that says so."""
        status, _ = await http_get(f"{self.monitor_url}/healthz?js-enabled-only=true")
        if status != 200:
            return False
        status, body = await http_get(f"{self.monitor_url}/varz")
        return status == 200 and json.loads(body).get("server_name") == self._server_name
