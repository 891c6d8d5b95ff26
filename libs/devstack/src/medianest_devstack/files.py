"""Files of the state folder: written whole or not at all, and private where they hold secrets."""

import contextlib
import os
import tempfile
from pathlib import Path


def make_state_folder(folder: Path) -> None:
    """Make a folder of ours, if missing, that Postgres may pass through as another user; secrets in it are 0600."""
    if not folder.is_dir():
        folder.mkdir(parents=True, mode=0o711)
        folder.chmod(0o711)  # mkdir's mode is narrowed by the umask


def write_private(path: Path, text: str) -> None:
    """Replace `path` by `text`, readable by its owner alone; a crash leaves the old content or the new."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
