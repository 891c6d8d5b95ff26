"""Makes `.venv`: the packages of requirements.lock, checked by their hashes, and the workspace's own, editable.

Uses the standard library alone. Does nothing when nothing changed since the last time.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / ".medianest-setup"


class SetupError(Exception):
    """One sentence for the person at the terminal."""


def packages() -> list[Path]:
    """Return the folders of the workspace's packages."""
    return sorted(file.parent for pattern in ("libs", "services") for file in ROOT.glob(f"{pattern}/*/pyproject.toml"))


def fingerprint() -> str:
    """Return a hash of all that decides what is installed."""
    digest = hashlib.sha256(f"{ROOT}\0".encode())  # editable packages hold the path
    for file in [LOCK, ROOT / "pyproject.toml", *(folder / "pyproject.toml" for folder in packages())]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_done(wanted: str) -> bool:
    return STAMP.exists() and STAMP.read_text() == wanted and _works(PYTHON)


def _works(python: Path) -> bool:
    """Tell whether this Python runs: a virtual environment outlives the Python it was made from."""
    try:
        return subprocess.run([python, "-c", ""], capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


def run(*command: str | Path) -> None:
    """Run a command with its output shown; raise CalledProcessError when it fails."""
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def make_venv() -> None:
    """Make the environment and pip in it."""
    if _works(PYTHON):
        return
    if sys.prefix != sys.base_prefix and Path(sys.prefix).resolve() == VENV:
        raise SetupError("This script runs inside the environment it should make: run `make setup` instead.")
    shutil.rmtree(VENV, ignore_errors=True)
    print(f"Making .venv with Python {sys.version.split()[0]}.", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(VENV, ignore_errors=True)
        if "No space left" in error.stdout + error.stderr:
            raise SetupError("No space is left on this disk for .venv: free some of it.") from error
        raise SetupError(
            "This Python cannot make virtual environments: install its venv package "
            "(Debian and Ubuntu: apt install python3-venv), then run this again."
        ) from error


def uv_requirement() -> str:
    """Return uv's own entry of the lock, version and hashes."""
    entry: list[str] = []
    for line in LOCK.read_text().splitlines():
        if line.startswith("uv=="):
            entry = [line]
        elif entry and line.startswith("    --hash"):
            entry.append(line)
        elif entry:
            break
    return "\n".join(entry) + "\n"


def _uv_is_there(requirement: str) -> bool:
    told = subprocess.run([PYTHON, "-m", "uv", "--version"], capture_output=True, text=True, check=False, timeout=60)
    return told.stdout.startswith(f"uv {requirement.split(maxsplit=1)[0].removeprefix('uv==')}")


def install_uv() -> None:
    """Install uv with pip, at the version of the lock: it installs the rest in a twentieth of pip's time."""
    requirement = uv_requirement()
    if _uv_is_there(requirement):
        return
    subprocess.run([PYTHON, "-m", "ensurepip", "--upgrade"], capture_output=True, check=False, timeout=120)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(requirement)
        file.flush()
        run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", file.name)


def install_locked() -> None:
    """Install the locked packages: by uv, by uv with the system's certificates, or by pip with its own settings.

    Compiled once here, as pip does too: else each of a dozen processes does so at its start, where none may write.
    """
    print("Installing the packages of requirements.lock.", flush=True)
    locked = ["--require-hashes", "-r", str(LOCK)]
    uv = [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON)]
    for quietly in ([*uv, *locked], [*uv, "--system-certs", *locked]):
        if subprocess.run(quietly, cwd=ROOT, capture_output=True, check=False).returncode == 0:
            return
    print("uv could not install them; pip tries, which takes longer.", flush=True)
    run(PYTHON, "-m", "pip", "install", "--quiet", *locked)


def install_workspace() -> None:
    """Install our own packages so that they follow their sources."""
    editable = [part for folder in packages() for part in ("-e", str(folder))]
    command = ("pip", "install", "--quiet", "--no-deps", "--no-build-isolation")
    run(PYTHON, "-m", "uv", *command, "--python", PYTHON, *editable)


def setup() -> None:
    wanted = fingerprint()
    if is_done(wanted):
        return
    make_venv()
    STAMP.unlink(missing_ok=True)
    install_uv()
    install_locked()
    install_workspace()
    STAMP.write_text(wanted)
    print("Set up.", flush=True)


def main() -> int:
    """Set up, one process at a time; return the exit code."""
    with Path(__file__).open() as ourselves:
        fcntl.flock(ourselves, fcntl.LOCK_EX)
        try:
            setup()
        except SetupError as error:
            print(error, file=sys.stderr)
        except subprocess.CalledProcessError as error:
            what = " ".join(Path(part).name for part in error.cmd[1:5])
            print(f"Set-up stopped: `{what} …` failed, see above (is there a network, and space?).", file=sys.stderr)
        except OSError as error:
            print(f"Set-up stopped: {error.strerror}: {os.fsdecode(error.filename or '')}", file=sys.stderr)
        else:
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
