"""`medianest-downloader [api|worker|migrate|openapi]`, or `python -m medianest_downloader …`."""

import json
import sys

from medianest_common.lean import leave_out

_USAGE = "usage: medianest-downloader [api|worker|migrate|openapi]"


def main(arguments: list[str]) -> int:
    leave_out("aiohttp", "rich")
    role = arguments[0] if arguments else "api"
    roles = {"api": _api, "serve": _api, "worker": _worker, "migrate": _migrate, "openapi": _openapi}
    if role not in roles or len(arguments) > 1:
        sys.stderr.write(_USAGE + "\n")
        return 2
    roles[role]()
    return 0


def _api() -> None:
    from medianest_common.server import serve  # noqa: PLC0415 - each role imports what it needs alone
    from medianest_common.settings import load_settings  # noqa: PLC0415
    from medianest_downloader.app import create_app  # noqa: PLC0415
    from medianest_downloader.settings import ApiSettings  # noqa: PLC0415

    settings = load_settings(ApiSettings)
    serve(create_app(settings), settings)


def _worker() -> None:
    from medianest_common.server import serve  # noqa: PLC0415
    from medianest_common.settings import load_settings  # noqa: PLC0415
    from medianest_downloader.settings import WorkerSettings  # noqa: PLC0415
    from medianest_downloader.worker.app import create_worker  # noqa: PLC0415

    settings = load_settings(WorkerSettings)
    serve(create_worker(settings), settings)


def _migrate() -> None:
    from medianest_common.migrate import migrate  # noqa: PLC0415
    from medianest_common.settings import load_settings  # noqa: PLC0415
    from medianest_downloader.settings import MigrateSettings  # noqa: PLC0415

    migrate("medianest_downloader", load_settings(MigrateSettings).database_url.get_secret_value())


def _openapi() -> None:
    from medianest_downloader.app import openapi  # noqa: PLC0415

    json.dump(openapi(), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")


def run() -> None:
    """`medianest-downloader` on the path."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
