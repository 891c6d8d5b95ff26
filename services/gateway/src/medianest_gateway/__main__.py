"""Starts the process: `python -m medianest_gateway [serve|openapi]`."""

import sys

from medianest_gateway.cli import main

sys.exit(main(sys.argv[1:]))
