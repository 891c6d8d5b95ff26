"""Starts the process: `python -m medianest_gateway [serve|openapi]`."""

import sys

from medianest_common.lean import leave_out


def main() -> int:
    leave_out("rich")
    from medianest_gateway.cli import main as run  # noqa: PLC0415 - it would load what is left out

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
