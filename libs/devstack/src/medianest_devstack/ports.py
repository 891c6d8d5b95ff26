"""Ports: find free ones, refuse taken ones, and remember what was chosen."""

import contextlib
import errno
import json
import socket
from collections.abc import Iterable
from pathlib import Path

from medianest_devstack.errors import DevstackError, PortInUseError
from medianest_devstack.files import write_private

LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether a server could listen on this port now; raise DevstackError where none of ours ever could."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise DevstackError(f"This machine has no address {host} to listen on.") from error
            if error.errno == errno.EACCES:
                raise DevstackError(f"This user may not listen on port {port}: choose one above 1023.") from error
            return False
    return True


def require_free(port: int, *, owner: str, setting: str, host: str = LOOPBACK) -> None:
    """Raise PortInUseError naming the setting that moves `owner` elsewhere."""
    if not is_free(port, host):
        raise PortInUseError(
            f"Port {port} for {owner} is in use by another program: stop that program or set {setting} to a free port."
        )


def free_port(avoid: Iterable[int] = ()) -> int:
    """Choose a port that is free now; another program may still take it before it is used."""
    taken = set(avoid)
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


class PortBook:
    """Ports by name, kept in a file so that the next run uses the same ones."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ports: dict[str, int] = {}
        with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
            self._ports = {str(name): int(port) for name, port in json.loads(path.read_text()).items()}

    def remembered(self, name: str) -> int | None:
        """Return the port of the last run."""
        return self._ports.get(name)

    def choose(self, name: str) -> int:
        """Return the remembered port while it is free, else a new one, and remember that."""
        port = self._ports.get(name, 0)
        if not 0 < port < 65536 or not is_free(port):
            port = free_port(avoid=self._ports.values())
        self._ports[name] = port
        return port

    def save(self) -> None:
        """Write the choices down."""
        write_private(self._path, json.dumps(self._ports, indent=2, sort_keys=True) + "\n")
