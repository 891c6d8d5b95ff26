"""A whole run: servers, databases, broker, web client, services; then watch until told to stop."""

import asyncio
import importlib
import json
import os
import signal
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medianest_devstack import endpoints, topology
from medianest_devstack.child import LineSink
from medianest_devstack.console import Console
from medianest_devstack.credentials import Credentials
from medianest_devstack.errors import DevstackError, ServerFailedError
from medianest_devstack.files import make_state_folder, write_private
from medianest_devstack.lock import RunLock
from medianest_devstack.migrations import prepare_databases
from medianest_devstack.plan import Plan, choose_ports, server_ports
from medianest_devstack.ports import PortBook
from medianest_devstack.probes import http_get
from medianest_devstack.servers import Server, Servers
from medianest_devstack.servers.nats import nats_passwords
from medianest_devstack.settings import Environment
from medianest_devstack.supervisor import Service, Supervisor
from medianest_devstack.webclient import ensure_built

# How the servers mark lines that ask nothing of anybody; the overcommit advice is for machines that serve many.
_CHATTER = {
    "postgres": (" LOG: ",),
    "nats": ("[INF]", "Plaintext passwords"),
    "valkey": (" * ", "overcommit", "signal-handler", "exit, bye"),
    "initdb": ("",),
}
NEEDED_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True)
class Suite:
    """What runs on the servers: the table of services, and what their databases need before they start."""

    services: Callable[[Plan], list[Service]] = topology.services
    prepare: Callable[[Plan, LineSink, int], Coroutine[Any, Any, None]] = prepare_databases


class Run:
    """One run of the suite in one project folder."""

    def __init__(self, project: Path, state: Path, console: Console, suite: Suite) -> None:
        self._suite = suite
        self._state = state
        self._project = project
        self._console = console
        self._began = time.monotonic()
        self._supervisor: Supervisor | None = None
        self._given: Plan | None = None
        self._phase = "starting"

    async def run(self) -> None:
        """Run until cancelled; raise DevstackError when something prevents it. Either way nothing is left running."""
        with RunLock(self._state / "lock"):
            async with AsyncExitStack() as stack:
                self._given = plan = self._plan()
                stack.callback(self._forget_endpoints)
                stack.push_async_callback(plan.servers.stop)
                await self._start_servers(plan)
                self._supervisor = supervisor = self._new_supervisor(plan)
                stack.push_async_callback(supervisor.stop)
                stack.callback(self._enter, plan, "stopping")
                await supervisor.start()
                self._enter(plan, "ready")
                await self._welcome(plan)
                await self._until_a_server_ends(plan)

    def kill(self) -> None:
        """End the services at once, for a person who asks twice."""
        if self._supervisor is not None:
            self._supervisor.kill()

    def take_subscribers(self) -> None:
        """Let users that were added meanwhile into the broker."""
        if self._given is not None:
            self._given.credentials.reload()
            self._given.servers.nats.reload(nats_passwords(self._given.credentials))
            self._enter(self._given, self._phase)

    def _plan(self) -> Plan:
        environment = Environment.load(self._project)
        os.environ.update(environment.programs)  # where each is looked for when it is started
        require_space(self._state)
        ports = choose_ports(environment.settings, PortBook(self._state / "ports.json"))
        credentials = Credentials(self._state / "secrets.json")
        sink = self._console.line if environment.settings.log_level == "DEBUG" else self._without_chatter
        servers = Servers(self._state, ports=server_ports(ports), credentials=credentials, sink=sink)
        plan = Plan(self._project, self._state, environment, ports, credentials, servers)
        make_media_folder(plan.media)
        write_private(self._state / "setup-code", plan.setup_code() + "\n")
        return plan

    async def _start_servers(self, plan: Plan) -> None:
        """Start the servers and fill them; the web client is built meanwhile."""
        web = plan.project / "services" / "gateway" / "web"
        building = ensure_built(web, Path(plan.python).parent, self._console.line)
        await all_of(self._servers_and_contents(plan), building)

    async def _servers_and_contents(self, plan: Plan) -> None:
        # The broker's client takes half a second to import: done while the servers start.
        importing = asyncio.to_thread(importlib.import_module, "medianest_devstack.provisioning")
        await all_of(plan.servers.start(), importing)
        self._enter(plan, "starting")
        await all_of(self._provision(plan), self._suite.prepare(plan, self._console.line, at_once()))

    async def _provision(self, plan: Plan) -> None:
        from medianest_devstack.provisioning import provision_broker  # noqa: PLC0415 - imported above, in a thread

        await provision_broker(plan.servers.nats.url_for)

    def _without_chatter(self, name: str, line: str) -> None:
        """Show what a server warns of; what it says of a normal day is kept for its last words only."""
        if line and not any(mark in line for mark in _CHATTER[name]):
            self._console.line(name, line)

    def _new_supervisor(self, plan: Plan) -> Supervisor:
        return Supervisor(
            self._suite.services(plan),
            cwd=plan.project,
            sink=self._console.line,
            at_once=at_once(),
            on_change=lambda: self._enter(plan, self._phase),
        )

    def _enter(self, plan: Plan, phase: str) -> None:
        """Write down how things stand; a full disk must not end what runs."""
        self._phase = phase
        try:
            endpoints.write(plan, self._supervisor, phase)
        except OSError as error:
            self._console.line("runner", f"{endpoints.FILE} could not be written: {error.strerror}")

    def _forget_endpoints(self) -> None:
        with suppress(FileNotFoundError):
            (self._state / endpoints.FILE).unlink()

    async def _until_a_server_ends(self, plan: Plan) -> None:
        """Wait for ever, or until a server ends: without one of them nothing works."""
        watching = {asyncio.create_task(server.child.wait()): server for server in plan.servers.all}
        try:
            done, _ = await asyncio.wait(watching, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in watching:
                task.cancel()
        server: Server = watching[done.pop()]
        raise server.failure(f"ended with exit code {server.child.exit_code} while the suite was running")

    async def _welcome(self, plan: Plan) -> None:
        took = time.monotonic() - self._began
        say = self._console.say
        say()
        say(f"MediaNest is ready after {took:.1f} s: {plan.settings.origin}")
        if plan.settings.uses_sandbox:
            say("  Sign in with Plex there. The sandbox stands in for plex.tv: claim the code as one of its people at")
            say(f"  {plan.sandbox_url}/plextv/link : owner (becomes admin), alice, bob; mallory has no access.")
            say(f"  What else the sandbox can be told: {plan.sandbox_url}/control/docs")
        if await self._needs_setup(plan):
            code = f"{plan.setup_code()}, also " if self._console.is_terminal else ""  # a log is no place for it
            say(f"  No administrator yet. Set-up code: {code}in {plan.state / 'setup-code'}")
        say(f"  All addresses: {plan.state / endpoints.FILE}. Ctrl-C, or `make stop`, ends everything.")
        say()

    async def _needs_setup(self, plan: Plan) -> bool:
        """Ask auth whether there is an administrator; the code in its file goes with the answer."""
        status, body = await http_get(f"{plan.url('auth')}/api/v1/auth/setup")
        with suppress(ValueError, AttributeError):
            if status == 200 and json.loads(body).get("needed") is False:
                (self._state / "setup-code").unlink(missing_ok=True)
                return False
        return status == 200


def at_once() -> int:
    """How many processes may start at a time: one per core this process may use."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def require_space(folder: Path) -> None:
    """Raise DevstackError when the disk of `folder` has no room for the databases."""
    status = os.statvfs(folder)
    free = status.f_bavail * status.f_frsize
    if free < NEEDED_BYTES:
        raise DevstackError(
            f"Only {free // 2**20} MiB are free on the disk that holds {folder}: "
            f"a run needs {NEEDED_BYTES // 2**20} MiB for its databases. Free some space."
        )


def make_media_folder(folder: Path) -> None:
    """Raise DevstackError when videos could not be put there: else the first download would find out."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise DevstackError(
            f"{folder} cannot hold the videos ({why}): set MEDIANEST_MEDIA_DIR to a folder that can."
        ) from error


async def all_of(*work: Coroutine[Any, Any, Any]) -> None:
    """Do all of it at once; the first failure cancels the rest, waits for it, and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for part in work:
                group.create_task(part)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def run_until_signalled(project: Path, state: Path, console: Console, suite: Suite | None = None) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP; a second one does not wait for anybody."""
    make_state_folder(state)
    run = Run(project, state, console, suite or Suite())
    running = asyncio.create_task(run.run())
    loop = asyncio.get_running_loop()
    told: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        told.append(number)
        if len(told) == 1:
            console.say("Stopping.")
            running.cancel()
        else:
            run.kill()

    loop.add_signal_handler(signal.SIGUSR1, run.take_subscribers)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop, number)
    try:
        await running
    except asyncio.CancelledError:
        if not told:
            raise
    except ServerFailedError as error:
        if not told:
            raise
        console.say(str(error))
