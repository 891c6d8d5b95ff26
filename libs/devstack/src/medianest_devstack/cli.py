"""The command line: each command is one sentence when it fails, and an exit code that is not zero."""

import argparse
import asyncio
import errno
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from medianest_devstack.errors import DevstackError

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="medianest_devstack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    servers = commands.add_parser("servers", help="run the servers for tests until standard input ends")
    servers.add_argument("only", nargs="*", choices=["postgres", "nats", "valkey", []])
    servers.add_argument("--folder", type=Path, help="keep their data here (default: a folder that is removed)")
    servers.set_defaults(run=_servers)
    return parser


def _servers(arguments: argparse.Namespace) -> int:
    from medianest_devstack.embedded import serve  # noqa: PLC0415 - only what the command needs is loaded

    asyncio.run(serve(arguments.only, arguments.folder))
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except DevstackError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        print(f"No space is left on the disk ({error.filename or 'while writing'}): free some of it.", file=sys.stderr)
    return 1
