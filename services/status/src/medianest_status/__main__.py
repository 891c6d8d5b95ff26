"""`python -m medianest_status [serve|migrate|openapi|reseal]`."""

import argparse
import asyncio
import sys

import orjson

from medianest_common.lean import leave_out
from medianest_common.settings import load_settings


def main() -> None:
    leave_out("aiohttp", "rich")
    parser = argparse.ArgumentParser(prog="medianest_status", description="Health, integrations, incidents")
    parser.add_argument("command", nargs="?", default="serve", choices=["serve", "migrate", "openapi", "reseal"])
    {"serve": _serve, "migrate": _migrate, "openapi": _openapi, "reseal": _reseal}[parser.parse_args().command]()


def _serve() -> None:
    from medianest_common.server import serve  # noqa: PLC0415 - `migrate` needs none of it
    from medianest_status.app import create_app  # noqa: PLC0415
    from medianest_status.settings import StatusSettings  # noqa: PLC0415

    settings = load_settings(StatusSettings)
    serve(create_app(settings), settings)


def _migrate() -> None:
    from medianest_common.migrate import migrate  # noqa: PLC0415 - Alembic is 8 MiB that no other command needs
    from medianest_status.settings import MigrationSettings  # noqa: PLC0415

    migrate("medianest_status", load_settings(MigrationSettings).database_url.get_secret_value())


def _openapi() -> None:
    from medianest_status.app import openapi  # noqa: PLC0415

    sys.stdout.buffer.write(orjson.dumps(openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


def _reseal() -> None:
    from medianest_status.app import reseal  # noqa: PLC0415
    from medianest_status.settings import StatusSettings  # noqa: PLC0415

    count = asyncio.run(reseal(load_settings(StatusSettings)))
    sys.stdout.write(f"{count} secrets are sealed under the newest key now.\n")


if __name__ == "__main__":
    main()
