"""Runs MediaNest on this machine: real servers, all services, and a sandbox of what is outside."""

import argparse
import asyncio
import errno
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from medianest_devstack.errors import DevstackError

# Each command imports what it needs when it is asked for: `ps` and `stop` answer at once.
# ruff: noqa: PLC0415

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="medianest_devstack", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path(), help="the checkout (default: this folder)")
    parser.add_argument("--state", type=Path, help="where data and secrets are kept (default: .run in the checkout)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], None], about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(run=run)
        return added

    run = command("run", _run, "run everything until Ctrl-C")
    run.add_argument("--background", action="store_true", help=argparse.SUPPRESS)
    command("start", _start, "run everything in the background")
    command("stop", _stop, "end what runs")
    command("ps", _ps, "list the processes with their memory")
    command("migrate", _migrate, "bring the databases to their newest migration")
    command("web", _web, "build the web client if its sources changed")
    command("check-broker", _check_broker, "let nats-server check its generated configuration")
    subscriber = command("subscriber", _subscriber, "make a user who may read events")
    subscriber.add_argument("name")
    servers = command("servers", _servers, "run the servers alone, with throw-away data, until standard input ends")
    servers.add_argument("only", nargs="*", metavar="SERVER", help="postgres, nats, valkey (default: all)")
    servers.add_argument("--folder", type=Path, help="keep their data here (default: a folder that is removed)")
    return parser


def _run(arguments: argparse.Namespace) -> None:
    from medianest_devstack.background import LOG
    from medianest_devstack.console import Console, RotatingStream, wants_colour
    from medianest_devstack.files import make_state_folder
    from medianest_devstack.runner import run_until_signalled

    if arguments.background:
        make_state_folder(arguments.state)
        console = Console(RotatingStream(arguments.state / LOG))
    else:
        console = Console(sys.stdout, colour=wants_colour(sys.stdout))
    try:
        asyncio.run(run_until_signalled(arguments.project, arguments.state, console))
    except DevstackError as error:
        if arguments.background:  # whoever started it may have left: the log is where one looks
            console.say(str(error))
        raise


def _start(arguments: argparse.Namespace) -> None:
    from medianest_devstack.background import start

    print(start(arguments.project, arguments.state))


def _stop(arguments: argparse.Namespace) -> None:
    from medianest_devstack.background import stop

    print(stop(arguments.state))


def _ps(arguments: argparse.Namespace) -> None:
    from medianest_devstack import endpoints, processes
    from medianest_devstack.lock import holder

    described = endpoints.read(arguments.state)
    if holder(arguments.state / "lock") is None or not described:
        raise DevstackError("MediaNest does not run from this folder.")
    print(processes.table(described))


def _migrate(arguments: argparse.Namespace) -> None:
    from medianest_devstack.upkeep import migrate

    asyncio.run(migrate(arguments.project, arguments.state))
    print("Every database is at its newest migration.")


def _web(arguments: argparse.Namespace) -> None:
    from medianest_devstack.console import Console
    from medianest_devstack.webclient import ensure_built

    folder = arguments.project / "services" / "gateway" / "web"
    asyncio.run(ensure_built(folder, Path(sys.executable).parent, Console().line))


def _check_broker(_arguments: argparse.Namespace) -> None:
    from medianest_devstack.upkeep import check_broker

    check_broker()
    print("nats-server accepts the generated configuration.")


def _subscriber(arguments: argparse.Namespace) -> None:
    from medianest_devstack.upkeep import add_subscriber

    print(add_subscriber(arguments.state, arguments.name))


def _servers(arguments: argparse.Namespace) -> None:
    from medianest_devstack.embedded import serve

    asyncio.run(serve(arguments.only, arguments.folder))


def guarded(run: Callable[[], object], place: Path) -> int:
    """Do a command that works in `place`; what fails is said in one sentence, and the exit code is 1."""
    try:
        run()
    except DevstackError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.errno in _DISK_FULL:
            return _fail(f"No space is left on the disk of {place}: free some of it.")
        if isinstance(error, PermissionError) and error.filename:
            return _fail(f"{os.fsdecode(error.filename)} may not be used by this user: correct its owner or rights.")
        raise
    return 0


def _fail(sentence: str) -> int:
    with suppress(OSError):
        print(sentence, file=sys.stderr, flush=True)
    return 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    arguments = _parser().parse_args(argv)
    arguments.project = arguments.project.resolve()
    arguments.state = (arguments.state or arguments.project / ".run").resolve()
    return guarded(lambda: arguments.run(arguments), arguments.state)
