"""`docs/security.md` leaves no requirement out, names tests that exist, and says of the rules what the code does."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from medianest_auth import domain
from medianest_auth.schemas import SHORTEST_PASSWORD
from medianest_auth.service.password_rules import OUR_WORDS
from medianest_auth.service.passwords import COST
from medianest_auth.settings import Settings as AuthSettings
from medianest_common.contracts.permissions import ROLE_PERMISSIONS, Permission, Role
from medianest_downloader.domain.naming import MEDIA_EXTENSIONS
from medianest_downloader.settings import ApiSettings, WorkerSettings
from medianest_gateway.settings import Settings as GatewaySettings
from medianest_requests.settings import RequestsSettings
from medianest_status.settings import StatusSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
# Sections of OWASP ASVS 5.0 with the last number of each at levels 1 and 2; none of them leaves a number out.
_SECTIONS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2
2.1:3 2.2:3 2.3:4 2.4:1
3.2:2 3.3:4 3.4:6 3.5:5 3.7:2
4.1:3 4.2:1 4.3:2 4.4:4
5.1:1 5.2:3 5.3:2 5.4:3
6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4
7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2
8.1:2 8.2:3 8.3:1 8.4:1
9.1:3 9.2:4
11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1
"""
SECTIONS = {section: int(last) for section, _, last in (part.partition(":") for part in _SECTIONS.split())}
NUMBERS = [f"{section}.{number}" for section, last in SECTIONS.items() for number in range(1, last + 1)]
_ROW = re.compile(r"^\| (\d+\.[\d.*]+) \| (.+?) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/.-]+\.py)::([\w:]+)`")
_REASON = re.compile(r"not applicable: \S+ \S+")


def rows() -> dict[str, str]:
    """How each requirement is answered, by its number."""
    return {number: how for number, _, how in _ROW.findall(PAGE)}


def test_every_requirement_is_there_once() -> None:
    told = [number for number, *_ in _ROW.findall(PAGE)]
    assert sorted(told) == sorted([*NUMBERS, "10.*"])


def test_every_requirement_has_a_test_or_a_reason() -> None:
    open_ones = [number for number, how in rows().items() if not _TEST.search(how) and not _REASON.match(how)]
    assert open_ones == []


def test_every_test_that_is_named_exists() -> None:
    named = set(_TEST.findall(PAGE))
    assert len(named) > 120
    assert sorted(f"{file}::{test}" for file, test in named if test not in known(ROOT / file)) == []


@cache
def known(path: Path) -> frozenset[str]:
    """Tests of a module as `test_x` and `TestX::test_y`, as pytest would collect them."""
    if not path.is_file():
        return frozenset()
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            found |= {f"{node.name}::{function.name}" for function in _functions(node.body)}
    found |= {function.name for function in _functions(ast.parse(path.read_text()).body)}
    return frozenset(found)


def _functions(body: list[ast.stmt]) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    functions = [node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [function for function in functions if function.name.startswith("test_")]


def default(settings: type[BaseSettings], name: str) -> int:
    return int(settings.model_fields[name].default)


def test_the_limits_are_those_of_the_settings() -> None:
    gib = 2**30
    for row in (
        f"| calls of a user to a route | {default(GatewaySettings, 'rate_api_per_minute')} a minute |",
        f"| media requests of a user | {default(GatewaySettings, 'rate_requests_per_hour')} an hour |",
        f"| download submissions of a user | {default(GatewaySettings, 'rate_downloads_per_hour')} an hour |",
        f"| open sign-ins of an address | {domain.MOST_OPEN_PINS} |",
        f"| a playlist | {default(WorkerSettings, 'max_items')} videos |",
        f"| one file | {default(WorkerSettings, 'max_file_bytes') // gib} GiB |",
        f"| what a user may keep | {default(ApiSettings, 'download_quota_bytes') // 10**9} GB |",
        f"{default(GatewaySettings, 'rate_sign_in_per_quarter')} sign-ins in 15 minutes",
        f"together {default(GatewaySettings, 'rate_sign_in_global_per_minute')} a minute",
    ):
        assert row in PAGE, row
    assert all(f"`{kind}`" in PAGE for kind in MEDIA_EXTENSIONS)


def test_the_words_that_are_no_passwords_are_those_of_the_code() -> None:
    told = PAGE.partition("and these words: ")[2].partition(".")[0]
    assert set(re.findall(r"`(\w+)`", told)) == set(OUR_WORDS)
    assert f"{SHORTEST_PASSWORD} to 256 characters" in PAGE
    assert f"bcrypt of cost {COST} over SHA-256" in PAGE


def test_the_lifetimes_are_those_of_the_code() -> None:
    day, minute = timedelta(days=1), timedelta(minutes=1)
    for words in (
        f"Access tokens live {domain.ACCESS_LIFETIME // minute} minutes",
        f"API tokens' {domain.API_ACCESS_LIFETIME // minute}.",
        f"after {domain.REFRESH_IDLE // day} days without use",
        f"after {domain.REFRESH_ABSOLUTE // day} days in any case",
        f"good for {domain.REFRESH_GRACE.seconds} seconds more",
        f"a sign-in of the last {domain.FRESH_FOR // minute} minutes",
    ):
        assert words in PAGE, words
    assert timedelta(minutes=10) == domain.PIN_LIFETIME, "the page says: over after ten minutes"
    assert day == domain.RESET_PASSWORD_LIFETIME, "the page says: over after a day"


@pytest.mark.parametrize("permission", Permission)
def test_every_permission_is_explained(permission: Permission) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("|") and f"`{permission.value}`" in line)
    assert ("user, admin" in row) == (permission in ROLE_PERMISSIONS[Role.USER])


def test_every_route_that_signs_somebody_in_is_named() -> None:
    ways = PAGE.partition("### Ways in")[2].partition("###")[0]
    assert set(re.findall(r"`(?:GET|POST) (/api/v1/auth/[\w/{}-]+)`", ways)) == set(_signing_in())


def _signing_in() -> Iterator[str]:
    """Addresses of auth whose handlers give out a session's cookies, or bind a sign-in to a browser."""
    for file in (ROOT / "services/auth/src/medianest_auth/api").glob("*.py"):
        source = ast.parse(file.read_text())
        prefix = re.search(r"APIRouter\(prefix='([^']+)'", ast.unparse(source))
        for handler in ast.walk(source):
            if isinstance(handler, ast.AsyncFunctionDef) and re.search(
                r"cookies\.(sign_in|bind)\(", ast.unparse(handler)
            ):
                path = re.search(r"router\.\w+\('([^']*)'", ast.unparse(handler.decorator_list[0]))
                assert prefix
                assert path
                yield prefix[1] + path[1]


SERVICES: list[type[BaseSettings]] = [AuthSettings, GatewaySettings, RequestsSettings, StatusSettings, ApiSettings]


@pytest.mark.parametrize("settings", SERVICES, ids=lambda kind: kind.__module__)
def test_every_secret_setting_is_in_the_table_of_keys(settings: type[BaseSettings]) -> None:
    keys = PAGE.partition("### Keys")[2].partition("## ")[0]
    secret = {name for name, field in settings.model_fields.items() if _is_secret(field.annotation)}
    assert "encryption_keys" in secret or "service_key" in secret
    assert {name for name in secret if f"`{name}`" not in keys} == set()


def _is_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(_is_secret(part) for part in get_args(annotation))
