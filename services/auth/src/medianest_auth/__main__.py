"""Starts the process: `python -m medianest_auth [serve|migrate|openapi|setup-code|admin reset|rotate-keys|reseal]`."""

import sys

from medianest_common.lean import leave_out


def main() -> int:
    leave_out("aiohttp", "rich")
    from medianest_auth.cli import main as run  # noqa: PLC0415 - it would load what is left out

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
