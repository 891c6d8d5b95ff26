"""Build the web client when its sources changed, with the Node that comes as a wheel."""

import asyncio
import hashlib
import os
import re
from pathlib import Path

from medianest_devstack.child import Child, Command, LineSink
from medianest_devstack.errors import DevstackError

_WITHIN = 600.0
# The first line that says what is wrong; npm begins with codes and paths.
_ERROR = re.compile(r"error(?! (code|errno|syscall|path)\b).*\w", re.IGNORECASE)
_NOT_SOURCES = frozenset({"node_modules", "dist", "e2e", "coverage", "test-results", "playwright-report"})


def fingerprint(web: Path) -> str:
    """Return a hash of everything the build reads."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(web):
        folders[:] = sorted(name for name in folders if name not in _NOT_SOURCES and not name.startswith("."))
        for name in sorted(files):
            file = Path(folder, name)
            digest.update(f"{file.relative_to(web)}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


async def ensure_built(web: Path, bin_folder: Path, sink: LineSink) -> bool:
    """Build `dist/` unless it belongs to these sources or there are none; return whether it was built.

    Raises DevstackError with npm's last line when it cannot be.
    """
    if not (web / "package.json").exists():
        return False
    stamp = web / "node_modules" / ".medianest-built"
    sources = await asyncio.to_thread(fingerprint, web)
    if (web / "dist" / "index.html").exists() and _read(stamp) == sources:
        return False
    lock = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    installed = web / "node_modules" / ".medianest-installed"
    if _read(installed) != lock:
        # Not `npm ci`: it refuses a lock without the optional packages of every other platform. The versions and
        # hashes of the lock hold here too, and it stays as it is.
        await _npm(web, bin_folder, sink, "install", "--no-save", "--no-audit", "--no-fund")
        installed.write_text(lock)
    await _npm(web, bin_folder, sink, "run", "build")
    stamp.write_text(sources)
    return True


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""


async def _npm(web: Path, bin_folder: Path, sink: LineSink, *arguments: str) -> None:
    npm = bin_folder / "npm"
    if not npm.exists():
        raise DevstackError("The web client cannot be built without npm: run `make setup`.")
    # npm is the developer's own tool: it heeds their proxies and registry, and needs no setting of the suite.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MEDIANEST_")}
    env["PATH"] = os.pathsep.join([str(bin_folder), env.get("PATH", os.defpath)])
    child = await Child.spawn(Command(name="web", argv=[str(npm), *arguments], env=env, cwd=web), sink)
    try:
        code = await asyncio.wait_for(child.wait(), _WITHIN)
    except TimeoutError:
        raise DevstackError(f"npm {arguments[0]} was not done within {_WITHIN:.0f} s.") from None
    finally:
        await child.stop()
    if code:
        reason = next((line for line in child.tail if _ERROR.search(line)), child.last_line())
        raise DevstackError(f"The web client could not be built (npm {' '.join(arguments[:2])}): {reason.strip()}")
