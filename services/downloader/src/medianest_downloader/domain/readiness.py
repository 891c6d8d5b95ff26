"""What YouTube's videos need of a machine, and what to do where it is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

_LEAST_YT_DLP = date(2026, 7, 4)  # what came before has known holes
_OLD_DAYS = 60  # the site breaks versions within weeks
_LEAST_DENO = (2, 3)


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    detail: str


def tool_checks(versions: Mapping[str, str], today: date) -> list[Check]:
    """By the versions of the tools; one that is missing is not there."""
    return [
        _yt_dlp(versions.get("yt_dlp"), today),
        _there("ejs", versions.get("ejs"), "Install yt-dlp-ejs: without it YouTube offers few formats."),
        _deno(versions.get("deno")),
        _there("ffmpeg", versions.get("ffmpeg"), "Install ffmpeg, or set MEDIANEST_FFMPEG."),
        _there("ffprobe", versions.get("ffprobe"), "Install ffprobe, or set MEDIANEST_FFPROBE."),
    ]


def worst_tools(api: Mapping[str, str], workers: Mapping[str, Mapping[str, str]], today: date) -> list[Check]:
    """Each tool as the api role has it and as the workers have it: where it is bad, and whose that is."""
    checks = tool_checks(api, today)
    for worker, versions in sorted(workers.items()):
        theirs = [replace(check, detail=f"Worker {worker}: {check.detail}") for check in tool_checks(versions, today)]
        checks = [mine if not mine.ok or its.ok else its for mine, its in zip(checks, theirs, strict=True)]
    return checks


def _there(name: str, version: str | None, otherwise: str) -> Check:
    return Check(name, version is not None, version or otherwise)


def _yt_dlp(version: str | None, today: date) -> Check:
    released = _released(version or "")
    if released is None:
        return Check("yt_dlp", False, "yt-dlp is not there, or its version tells no date.")
    age = (today - released).days
    if released < _LEAST_YT_DLP:
        return Check("yt_dlp", False, f"{version} has known security holes. Install a newer one.")
    if age > _OLD_DAYS:
        return Check("yt_dlp", False, f"{version} is {age} days old; YouTube breaks old ones. Install a newer one.")
    return Check("yt_dlp", True, f"{version}, {age} days old")


def _released(version: str) -> date | None:
    """yt-dlp's versions are dates."""
    parts = version.split(".")[:3]
    try:
        return date(*(int(part) for part in parts))
    except (TypeError, ValueError):
        return None


def _deno(version: str | None) -> Check:
    if version is None:
        return Check("js_runtime", False, "Install deno: without it YouTube's formats go missing.")
    parts = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if parts < _LEAST_DENO:
        return Check("js_runtime", False, f"deno {version} is too old; 2.3 is the least.")
    return Check("js_runtime", True, f"deno {version}")


def guard_check(*, private_reachable: bool) -> Check:
    if private_reachable:
        return Check("egress_guard", False, "Private addresses are reachable: ALLOW_PRIVATE_ADDRESSES is on.")
    return Check("egress_guard", True, "Children reach allowed names at public addresses alone.")


def cookies_check() -> Check:
    return Check("cookies", True, "None are used: videos that need an account are refused with a reason.")


def workers_check(workers: int) -> Check:
    if workers == 0:
        return Check("workers", False, "No worker has announced itself. Start one.")
    return Check("workers", True, f"{workers} at work")
