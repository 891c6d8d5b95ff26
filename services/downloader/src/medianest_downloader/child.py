"""The process that runs yt-dlp for one job: `python -I -m medianest_downloader.child`, told and heard over pipes."""

import json
import os
import signal
import sys
from typing import Any

from medianest_downloader.fetching import limits
from medianest_downloader.fetching.channel import Channel, Leash, Lines
from medianest_downloader.fetching.guard import BLOCKED, Egress

_FIRST_LINE_SECONDS = 30.0


def main() -> int:
    channel = Channel()
    lines = Lines()
    try:
        first = lines.next(_FIRST_LINE_SECONDS)
    except EOFError:
        return 1
    if first is None:
        return 1
    job: dict[str, Any] = json.loads(first)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    limits.confine(memory_bytes=job["memory_bytes"], file_bytes=job["file_bytes"])
    leash = Leash(lines, job["lease"])
    leash.start()
    Egress(job["hosts"], allow_private=job["allow_private"]).install()
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    try:
        _run(job, channel, leash)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent sorts it
        channel.send("failed", **_describe(error))
        return 1
    return 0


def _run(job: dict[str, Any], channel: Channel, leash: Leash) -> None:
    from medianest_downloader.fetching import fetcher, lister  # noqa: PLC0415 - yt-dlp only within limits and guard

    if job["do"] == "list":
        lister.run(job, channel)
    else:
        fetcher.Fetcher(job, channel, leash).run()


def _describe(error: Exception) -> dict[str, Any]:
    causes = list(_causes(error))
    innermost = causes[-1]
    statuses = (getattr(cause, "status", None) for cause in reversed(causes))
    status = next((found for found in statuses if isinstance(found, int)), None)
    number = next((c.errno for c in reversed(causes) if isinstance(c, OSError) and c.errno), None)
    return {
        "error": type(innermost).__name__,
        "text": " | ".join(dict.fromkeys(str(cause)[:600] for cause in causes))[:2000],
        "status": status,
        "errno": number,
        "blocked": any(BLOCKED in str(cause) for cause in causes),
    }


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what is inside of it; yt-dlp keeps the inner one in `exc_info` or `cause`."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain and len(chain) < 10:
        chain.append(current)
        wrapped = getattr(current, "exc_info", None)
        inner = wrapped[1] if isinstance(wrapped, tuple) and len(wrapped) == 3 else None
        inner = inner or getattr(current, "cause", None) or current.__cause__
        current = inner if isinstance(inner, BaseException) else None
    return chain


if __name__ == "__main__":
    sys.exit(main())
