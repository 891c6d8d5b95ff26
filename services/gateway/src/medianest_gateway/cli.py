"""The commands of this package."""

import sys


def main(arguments: list[str]) -> int:
    """Run one command; the exit code of the process."""
    command = arguments[0] if arguments else "serve"
    if command == "openapi":
        return _write_openapi()
    if command == "serve":
        return _serve()
    sys.stderr.write("Use: python -m medianest_gateway [serve|openapi]\n")
    return 2


def _write_openapi() -> int:
    from medianest_gateway.openapi import DOCUMENT, MergeRefused, write  # noqa: PLC0415 - serving does not need it

    try:
        count = write()
    except MergeRefused as error:
        sys.stderr.write(f"The documents cannot be merged: {error}.\n")
        return 1
    sys.stderr.write(f"{count} operations in {DOCUMENT.name}\n")
    return 0


def _serve() -> int:
    from medianest_common.settings import load_settings  # noqa: PLC0415 - merging documents does not need it
    from medianest_gateway.app import create_gateway  # noqa: PLC0415 - as above
    from medianest_gateway.server import serve  # noqa: PLC0415 - as above
    from medianest_gateway.settings import Settings  # noqa: PLC0415 - as above

    settings = load_settings(Settings)
    serve(create_gateway(settings), settings)
    return 0
