"""Leaving out what libraries import wherever it is installed, for things that nobody here uses.

Our images do not have these packages; a checkout does, for its tests, and would carry them in every process.
"""

import sys


def leave_out(*packages: str) -> None:
    """Let `import` of each package fail from now on in this process; call it before anything else is imported."""
    for package in packages:
        sys.modules.setdefault(package, None)  # type: ignore[arg-type]  # the import system's own word for "not there"
