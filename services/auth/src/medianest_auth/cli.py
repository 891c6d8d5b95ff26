"""The commands of this service; those beside `serve` are for operators, on the machine itself."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from medianest_auth.settings import Settings
from medianest_common.errors import MediaNestError
from medianest_common.settings import load_settings

if TYPE_CHECKING:
    from medianest_auth.app import Auth

ResultT = TypeVar("ResultT")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line (or `arguments`) says; 1 with one sentence when that is not possible."""
    options = _parser().parse_args(arguments)
    if options.command == "openapi":
        from medianest_auth.app import openapi  # noqa: PLC0415 - only what the command needs is loaded

        _say(json.dumps(openapi(), indent=2, sort_keys=True))
        return 0
    settings = load_settings(Settings)
    try:
        return _run(options, settings)
    except MediaNestError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 1


def _run(options: argparse.Namespace, settings: Settings) -> int:
    if options.command == "serve":
        from medianest_auth.app import Auth  # noqa: PLC0415 - as above
        from medianest_common.server import serve  # noqa: PLC0415 - as above

        serve(Auth(settings).app(), settings)
    elif options.command == "migrate":
        from medianest_common.migrate import migrate  # noqa: PLC0415 - Alembic is 8 MiB that no other command needs

        migrate("medianest_auth", settings.database_url.get_secret_value(), options.revision)
    elif options.command == "setup-code":
        _say(asyncio.run(_with(settings, lambda auth: auth.services.local.new_code())))
    elif options.command == "admin":
        password = asyncio.run(_with(settings, lambda auth: auth.services.local.reset_admin(options.username)))
        _say(f"Sign in as {options.username} with the password {password} and change it within a day.")
    elif options.command == "rotate-keys":
        _say(f"The new key {asyncio.run(_with(settings, lambda auth: auth.services.keys.rotate()))} signs in a minute.")
    elif options.command == "reseal":
        return asyncio.run(_with(settings, _reseal))
    return 0


async def _reseal(auth: "Auth") -> int:
    from medianest_auth.service.sealing import Resealing  # noqa: PLC0415 - as above

    resealing = Resealing(auth.work, auth.sealer)
    _say(f"{await resealing.run()} secrets are sealed under the newest key now.")
    if resealing.unopened:
        sys.stderr.write(f"{resealing.unopened} open with none of the keys given, and were left as they are.\n")
    return 1 if resealing.unopened else 0


async def _with(settings: Settings, work: "Callable[[Auth], Awaitable[ResultT]]") -> ResultT:
    """Run one use case on the database alone; what it says waits in the outbox for a serving process."""
    from medianest_auth.app import Auth  # noqa: PLC0415 - as above

    auth = Auth(settings)
    try:
        return await work(auth)
    finally:
        await auth.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="medianest_auth", description="Identities, sessions, tokens.")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("serve", help="serve HTTP (the default)")
    migration = commands.add_parser("migrate", help="bring the database to the newest revision")
    migration.add_argument("revision", nargs="?", default="head")
    commands.add_parser("openapi", help="print the OpenAPI document")
    commands.add_parser("setup-code", help="print a one-time code for the first administrator")
    admin = commands.add_parser("admin", help="the way back in")
    reset = admin.add_subparsers(dest="what", required=True).add_parser("reset", help="a new password for an admin")
    reset.add_argument("--username", default="admin")
    commands.add_parser("rotate-keys", help="make a new signing key; nobody is signed out")
    commands.add_parser("reseal", help="seal everything at rest under the newest encryption key")
    parser.set_defaults(command="serve")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
