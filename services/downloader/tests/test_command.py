"""The command an operator starts the roles with."""

import json
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from medianest_downloader.__main__ import run


def _command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).with_name("medianest-downloader")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)


def test_it_is_a_command_of_its_own() -> None:
    (command,) = entry_points(group="console_scripts", name="medianest-downloader")
    assert command.load() is run


def test_the_document_needs_no_settings() -> None:
    done = _command("openapi")
    assert done.returncode == 0
    assert "/api/v1/downloads" in json.loads(done.stdout)["paths"]


@pytest.mark.parametrize("arguments", [["dance"], ["worker", "twice"]])
def test_it_says_what_it_takes(arguments: list[str]) -> None:
    done = _command(*arguments)
    assert (done.returncode, done.stderr) == (2, "usage: medianest-downloader [api|worker|migrate|openapi]\n")
