"""Starts the process: `python -m medianest_requests [serve|migrate|openapi]`."""

import json
import sys

from medianest_common.lean import leave_out
from medianest_common.settings import load_settings

_USAGE = "usage: python -m medianest_requests [serve|migrate|openapi]"


def main(arguments: list[str]) -> None:
    leave_out("aiohttp", "rich")
    match arguments:
        case [] | ["serve"]:
            _serve()
        case ["migrate"]:
            _migrate()
        case ["openapi"]:
            from medianest_requests.app import openapi  # noqa: PLC0415 - only what the command needs is loaded

            sys.stdout.write(json.dumps(openapi(), indent=2, ensure_ascii=False) + "\n")
        case _:
            raise SystemExit(_USAGE)


def _serve() -> None:
    from medianest_common.server import serve  # noqa: PLC0415 - as above
    from medianest_requests.app import create_app  # noqa: PLC0415 - as above
    from medianest_requests.settings import RequestsSettings  # noqa: PLC0415 - as above

    settings = load_settings(RequestsSettings)
    serve(create_app(settings), settings)


def _migrate() -> None:
    from medianest_common.migrate import migrate  # noqa: PLC0415 - as above
    from medianest_common.settings import DatabaseSettings  # noqa: PLC0415 - as above
    from medianest_requests.settings import MigrationSettings  # noqa: PLC0415 - as above

    settings: DatabaseSettings = load_settings(MigrationSettings)
    migrate("medianest_requests", settings.database_url.get_secret_value())


if __name__ == "__main__":
    main(sys.argv[1:])
