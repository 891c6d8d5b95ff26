"""Starts the process: `python -m medianest_auth [serve|migrate|openapi|setup-code|admin reset|rotate-keys|reseal]`."""

import sys

from medianest_auth.cli import main

sys.exit(main(sys.argv[1:]))
