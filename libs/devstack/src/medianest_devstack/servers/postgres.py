"""Postgres: initialised once, started without root, cleaned up after a crash."""

import asyncio
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import asyncpg

from medianest_devstack import binaries
from medianest_devstack.child import Child, Command, LineSink, discard
from medianest_devstack.credentials import new_secret
from medianest_devstack.databases import DatabaseAdmin
from medianest_devstack.errors import DevstackError, ServerFailedError
from medianest_devstack.privileges import Drop, unprivileged
from medianest_devstack.servers.base import CLEAN_ENVIRONMENT, DISK_FULL, Server

ADMIN = "medianest"

_STARTS_AGAIN_FOR = 5.0
_OLD_MEMORY = "pre-existing shared memory block"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresServer(Server, DatabaseAdmin):
    """A Postgres of our own with one superuser, reached over loopback with a password."""

    name = "Postgres"
    setting = "MEDIANEST_POSTGRES_PORT"
    ready_within = 60.0  # recovery after a kill takes up to 7 s here, longer on a slow disk

    def __init__(
        self,
        folder: Path,
        *,
        password: str | None = None,
        port: int | None = None,
        fast: bool = False,
        sink: LineSink = discard,
    ) -> None:
        super().__init__(folder, port=port, fast=fast, sink=sink)
        self._password = password or new_secret()
        self._program = binaries.find("postgres")
        self._drop = Drop()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        """The superuser's URL of the database `postgres`."""
        return self.url_of("postgres", ADMIN, self._password)

    def url_of(self, database: str, role: str, password: str) -> str:
        """The URL of a database for a role."""
        return f"postgresql://{quote(role)}:{quote(password, safe='')}@{self.address}/{quote(database)}"

    async def start(self) -> None:
        """Start; what a killed predecessor leaves in shared memory is waited out."""
        deadline = asyncio.get_running_loop().time() + _STARTS_AGAIN_FOR
        while True:
            try:
                await super().start()
            except ServerFailedError:
                if not self._said(_OLD_MEMORY) or asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.2)
            else:
                return

    async def prepare(self) -> None:
        """Make the data folder, once, and remove the lock of a dead predecessor."""
        initialised = (self.data / "PG_VERSION").exists()
        owner = self.data.stat().st_uid if initialised else None
        self._drop = unprivileged(self._program, self.folder, owner=owner)
        if owner is not None and owner != self._drop.owner:
            raise DevstackError(
                f"The database in {self.data} belongs to user {owner} and would now be run by user "
                f"{self._drop.owner}: start as the user who made it, or begin anew with `make clean-run`."
            )
        self._drop.give(self.folder)
        if not initialised:
            await self._initialise()
        self._remove_stale_lock()

    def command(self) -> Command:
        options = [
            f"port={self._port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "shared_buffers=64MB",
            "max_connections=200",
            *(_FAST if self.fast else ()),
        ]
        settings = [part for option in options for part in ("-c", option)]
        return Command(
            name="postgres",
            argv=[*self._drop.prefix, str(self._program), "-D", str(self.data), *settings],
            env=CLEAN_ENVIRONMENT,
            cwd=self.folder,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            grace=30.0,
            identity=self._drop.identity,
        )

    async def answers(self) -> bool:
        """Sign in with our password: no other Postgres takes it."""
        try:
            connection = await asyncpg.connect(self.url, timeout=2, command_timeout=2)
        except asyncpg.InvalidPasswordError as error:
            raise ServerFailedError(
                f"The database in {self.data} was made with another password than the one kept beside it: "
                "restore that file, or begin anew with `make clean-run`."
            ) from error
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close(timeout=2)
        return True

    async def _initialise(self) -> None:
        """Run initdb beside the final place and rename: one that was cut short is never taken for whole."""
        fresh, password_file = self.folder / "data.new", self.folder / "password"
        if self.data.exists() and any(self.data.iterdir()):
            raise DevstackError(f"{self.data} is no database of ours: move it away, then start again.")
        shutil.rmtree(fresh, ignore_errors=True)
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        try:
            password_file.write_text(self._password + "\n")
            self._drop.give(password_file)
            await self._run_initdb(fresh, password_file)
        finally:
            password_file.unlink(missing_ok=True)
        fresh.replace(self.data)

    async def _run_initdb(self, fresh: Path, password_file: Path) -> None:
        arguments = ["-D", str(fresh), "-U", ADMIN, "--pwfile", str(password_file), "-A", "scram-sha-256"]
        arguments += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        initdb = self._program.with_name("initdb")
        self._child = child = await Child.spawn(
            Command(
                name="initdb",
                argv=[*self._drop.prefix, str(initdb), *arguments, *(["--no-sync"] if self.fast else [])],
                env=CLEAN_ENVIRONMENT,
                cwd=self.folder,
                identity=self._drop.identity,
            )
        )
        try:
            code = await asyncio.wait_for(child.wait(), 120)
        except BaseException:
            await child.stop()
            raise
        if code:
            raise self.failure(f"could not make its data folder (initdb ended with exit code {code})")

    def failure(self, reason: str) -> ServerFailedError:
        """Prefer the server's own FATAL line: hints and details follow it."""
        told = super().failure(reason)
        fatal = [line for line in self.child.tail if "FATAL:" in line or "error:" in line]
        if not fatal or self._said(*DISK_FULL):
            return told
        return ServerFailedError(f"{self.name} {reason}: {fatal[-1].strip()}")

    def _remove_stale_lock(self) -> None:
        """Drop `postmaster.pid` unless its process is alive and serves this very folder.

        Postgres itself believes any living process with that number, and after a reboot, or in a container, there
        soon is one.
        """
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            pid = 0
        if pid > 0 and self._serves_our_data(pid):
            raise DevstackError(f"Another Postgres (process {pid}) already runs on {self.data}: stop it first.")
        with suppress(FileNotFoundError):
            lock.unlink()

    def _serves_our_data(self, pid: int) -> bool:
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return str(self.data).encode() in arguments and any(b"postgres" in part for part in arguments[:1])
