"""Run a program that refuses root: as another user, or in a user namespace of its own."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from medianest_devstack.errors import DevstackError


class Identity(TypedDict, total=False):
    """The user a child process becomes, as `subprocess` takes it."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Drop:
    """How to start a program without root: a prefix to its command, or another user."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    @property
    def identity(self) -> Identity:
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    @property
    def owner(self) -> int:
        """The uid that files made by the program belong to, seen from here."""
        return os.geteuid() if self.uid is None else self.uid

    def give(self, path: Path) -> None:
        """Hand one file or folder of ours to the user the program runs as."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def _passable(paths: tuple[Path, ...]) -> bool:
    """Tell whether any user may walk down to every one of these paths."""
    folders = {folder for path in paths for folder in (path.resolve(), *path.resolve().parents)}
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def _users() -> list[pwd.struct_passwd]:
    found = []
    for name in ("postgres", "nobody"):
        try:
            found.append(pwd.getpwnam(name))
        except KeyError:
            continue
    return found


def _as_other_users() -> list[Drop]:
    return [Drop(uid=user.pw_uid, gid=user.pw_gid) for user in _users()]


def _works(way: Drop) -> bool:
    """Try it: containers may refuse namespaces, and root in a namespace may know no other users."""
    try:
        tried = subprocess.run([*way.prefix, "true"], **way.identity, capture_output=True, check=False, timeout=10)
    except OSError:
        return False
    return tried.returncode == 0


def _namespace() -> list[Drop]:
    """A namespace in which we look like somebody whom /etc/passwd knows (initdb asks), where there may be one."""
    if shutil.which("unshare") is None:
        return []
    maps = ((f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}") for user in _users())
    ways = (Drop(prefix=("unshare", "--user", *names)) for names in maps)
    return [way for way in ways if _works(way)][:1]


def _has_a_name() -> bool:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


def unprivileged(*paths: Path, owner: int | None = None) -> Drop:
    """Choose how to run a program that needs `paths` and refuses root; nobody's permissions are changed.

    `owner` is the uid that existing data belongs to: a way that keeps it is preferred.
    """
    if os.geteuid() != 0:
        return Drop() if _has_a_name() else _without_a_name()
    ways = [way for way in _as_other_users() if _works(way)] if _passable(paths) else []
    if owner == 0 or not ways:
        ways += _namespace()
    if not ways:
        raise DevstackError(
            "Postgres does not run as root, and no other user may enter "
            f"{paths[-1]}: run as an ordinary user, or move the project to a folder that others may pass through."
        )
    return next((way for way in ways if way.owner == owner), ways[0])


def _without_a_name() -> Drop:
    """The way for a container that was given a user number only."""
    ways = _namespace()
    if not ways:
        raise DevstackError(
            f"Postgres needs its user to have a name, and user {os.geteuid()} is not in /etc/passwd: add a line for it."
        )
    return ways[0]
