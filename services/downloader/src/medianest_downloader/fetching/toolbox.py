"""Where ffmpeg, ffprobe and deno are, as the children get them: one folder with links of the names they expect."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from medianest_downloader.settings import FetchSettings

_VERSION_SECONDS = 10


class ToolMissing(Exception):
    """The text names the program and the setting."""


def prepare_tools(settings: FetchSettings) -> Path:
    """Make the folder (beside the unfinished files) and return it; raises ToolMissing."""
    folder = settings.work_folder / ".tools"
    folder.mkdir(parents=True, exist_ok=True)
    for name, given in (("ffmpeg", settings.ffmpeg), ("ffprobe", settings.ffprobe)):
        found = given or shutil.which(name)
        if found is None or not os.access(found, os.X_OK):
            raise ToolMissing(f"{name} is not there. Install it, or set MEDIANEST_{name.upper()} to its path.")
        _link(folder / name, Path(found).absolute())
    return folder


def _link(link: Path, target: Path) -> None:
    """Replace the link in one step: another worker may be using it."""
    draft = link.with_name(f".{link.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        draft.unlink()
    draft.symlink_to(target)
    draft.replace(link)


def find_deno() -> str | None:
    """The JavaScript runtime YouTube's pages need: on PATH, or beside this Python."""
    beside = Path(sys.executable).with_name("deno")
    return shutil.which("deno") or (str(beside) if os.access(beside, os.X_OK) else None)


def tool_versions(tools: Path) -> dict[str, str]:
    """Versions for the operator's page; a tool that cannot say is left out."""
    versions = {}
    for package, name in (("yt-dlp", "yt_dlp"), ("yt-dlp-ejs", "ejs")):
        with suppress(PackageNotFoundError):
            versions[name] = version(package)
    for program in ("ffmpeg", "ffprobe"):
        words = _first_words([str(tools / program), "-version"])
        if words.startswith(f"{program} version "):
            versions[program] = words.split()[2]
    deno = find_deno()
    if deno is not None and (words := _first_words([deno, "--version"])).startswith("deno "):
        versions["deno"] = words.split()[1]
    return versions


def _first_words(command: list[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own programs
            command, capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.partition("\n")[0]
