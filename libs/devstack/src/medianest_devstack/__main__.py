"""`python -m medianest_devstack`: the servers, the runner and what one asks about them."""

import sys

from medianest_devstack.cli import main

sys.exit(main())
