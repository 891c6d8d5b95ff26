"""The commands, run as an operator does."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from importlib.metadata import entry_points

import pytest

from medianest_auth.cli import main
from medianest_auth.settings import Settings

from .house import House


def environment(settings: Settings) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "MEDIANEST_DATABASE_URL": settings.database_url.get_secret_value(),
        "MEDIANEST_REDIS_URL": settings.redis_url.get_secret_value(),
        "MEDIANEST_CSRF_KEY": settings.csrf_key.get_secret_value(),
        "MEDIANEST_ENCRYPTION_KEYS": settings.encryption_keys.get_secret_value(),
    }


async def run(environ: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "medianest_auth", *arguments, env=environ, stdout=PIPE, stderr=PIPE
    )
    async with asyncio.timeout(60):
        out, error = await process.communicate()
    return process.returncode or 0, out.decode(), error.decode()


def test_it_is_a_command_of_its_own() -> None:
    (command,) = entry_points(group="console_scripts", name="medianest-auth")
    assert command.load() is main


def test_the_document_needs_no_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi"]) == 0
    assert "/api/v1/auth/me" in json.loads(capsys.readouterr().out)["paths"]


async def test_a_setup_code_is_printed_alone_and_works(house: House) -> None:
    code, out, _ = await run(environment(house.auth.settings), "setup-code")
    assert code == 0
    body = {"code": out.strip(), "username": "admin", "password": "correct horse battery"}
    await house.browser().do("POST", "/auth/setup", body, 201)


async def test_what_is_refused_is_one_sentence(house: House) -> None:
    await house.local_admin()
    code, out, error = await run(environment(house.auth.settings), "setup-code")
    assert (code, out) == (1, "")
    assert error.strip().endswith("nobody needs a set-up code any more.")
    assert "Traceback" not in error


async def test_unusable_settings_are_one_sentence_without_their_values(house: House) -> None:
    environ = environment(house.auth.settings) | {"MEDIANEST_CSRF_KEY": "short-secret"}
    code, _, error = await run(environ, "serve")
    assert code != 0
    assert "MEDIANEST_CSRF_KEY" in error
    assert "short-secret" not in error
    assert "Traceback" not in error
