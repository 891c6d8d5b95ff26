"""Starts the sandbox: `python -m medianest_sandbox --media FOLDER`."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from medianest_sandbox.server import PortTaken, serve
from medianest_sandbox.settings import Settings, Webhook


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """The settings that the command line and the environment ask for; ends the program when they make no sense."""
    parser = argparse.ArgumentParser(prog="medianest_sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=environment.get("MEDIANEST_SANDBOX_PORT", "8090"))
    parser.add_argument("--media", type=Path, required=True, help="the folder of the Plex library YouTube")
    parser.add_argument("--state", type=Path, help="folder that keeps requests, collections and made videos")
    parser.add_argument("--webhook-base", help="MediaNest's own URL: sets both webhooks below")
    parser.add_argument("--overseerr-webhook", help="URL that Overseerr posts to")
    parser.add_argument("--overseerr-webhook-auth", default=environment.get("MEDIANEST_SANDBOX_OVERSEERR_WEBHOOK_AUTH"))
    parser.add_argument("--kuma-webhook", help="URL that Uptime Kuma posts to")
    parser.add_argument("--kuma-webhook-auth", default=environment.get("MEDIANEST_SANDBOX_KUMA_WEBHOOK_AUTH"))
    parser.add_argument("--auto-progress", type=float, help="seconds from approved to available in Overseerr")
    options = parser.parse_args(arguments)
    return Settings(
        media=options.media.resolve(),
        host=options.host,
        port=options.port,
        state=options.state.resolve() if options.state else None,
        overseerr_webhook=_webhook(options, "overseerr", "overseerr"),
        kuma_webhook=_webhook(options, "kuma", "uptime-kuma"),
        auto_progress_seconds=options.auto_progress,
    )


def _webhook(options: argparse.Namespace, name: str, path: str) -> Webhook | None:
    url = getattr(options, f"{name}_webhook")
    if not url and options.webhook_base:
        url = f"{options.webhook_base.rstrip('/')}/api/v1/webhooks/{path}"
    return Webhook(url, getattr(options, f"{name}_webhook_auth") or "") if url else None


def main() -> int:
    """Serve until told to stop; 1 when that is impossible."""
    settings = parse(sys.argv[1:], os.environ)
    try:
        settings.media.mkdir(parents=True, exist_ok=True)
        asyncio.run(serve(settings))
    except (PortTaken, OSError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
