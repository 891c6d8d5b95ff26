"""Set-up on machines that lack something: one sentence each."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

BLIND = "#!/bin/sh\nexit 1\n"
WITHOUT_VENV = f"""#!/bin/sh
PYTHONPATH="$(dirname "$0")" exec {sys.executable} "$@"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what set-up reads, and a folder `bin` that is all it finds programs in."""
    for file in ("requirements.lock", "pyproject.toml", "scripts/setup", "scripts/setup.py"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    (tmp_path / "bin").mkdir()
    for tool in ("dirname", "sh"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    return tmp_path


def setup(checkout: Path, **pythons: str) -> "subprocess.CompletedProcess[str]":
    for name, text in pythons.items():
        (checkout / "bin" / name).write_text(text)
        (checkout / "bin" / name).chmod(0o755)
    return subprocess.run(
        [str(checkout / "scripts" / "setup")],
        env={"PATH": str(checkout / "bin")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class TestSetup:
    def test_names_what_it_needs_when_there_is_no_python(self, checkout: Path) -> None:
        ran = setup(checkout)
        assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
        assert "needs Python 3.11 or newer" in ran.stderr

    def test_is_not_fooled_by_a_shim(self, checkout: Path) -> None:
        assert "needs Python 3.11 or newer" in setup(checkout, python3=BLIND).stderr

    def test_names_the_package_when_python_makes_no_environments(self, checkout: Path) -> None:
        (checkout / "bin" / "venv.py").write_text("raise SystemExit('ensurepip is not available')")
        ran = setup(checkout, python3=WITHOUT_VENV)
        assert ran.returncode == 1
        assert "apt install python3-venv" in ran.stderr
        assert not (checkout / ".venv").exists()

    def test_installs_uv_only_with_hashes(self, checkout: Path) -> None:
        code = "import setup; print(setup.uv_requirement())"
        told = subprocess.run(
            [sys.executable, "-c", code],
            cwd=checkout / "scripts",
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        ).stdout.strip()
        first, *hashes = told.splitlines()
        assert first.startswith("uv==")
        assert hashes
        assert all(line.strip().startswith("--hash=sha256:") for line in hashes)
