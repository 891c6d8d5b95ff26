"""The logs of the whole run, after all else: no token, cookie, PIN, e-mail address, key or password is in them."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from support.person import Person, Script
from support.suite import Suite

from medianest_sandbox.people import PEOPLE, account_token

_SHORTEST = 4  # a code for plex.tv/link
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE)
_JWT = re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def passwords_in(value: Any) -> Iterator[str]:
    """Passwords of the addresses in a description, and members that are called so."""
    match value:
        case dict():
            for name, part in value.items():
                if name == "password":
                    yield str(part)
                yield from passwords_in(part)
        case list():
            for part in value:
                yield from passwords_in(part)
        case str() if "://" in value and (password := urlsplit(value).password):
            yield unquote(password)


def settings_of(suite: Suite) -> Iterator[str]:
    """What the processes were given that is called a secret."""
    for process in ("auth", "gateway", "requests", "status", "downloader", "worker"):
        for name, value in suite.environment(process).items():
            if re.search(r"KEY|TOKEN|SECRET|PASSWORD|SEED|CODE", name):
                yield from re.findall(r"[A-Za-z0-9_+/=-]{12,}", value)
                yield from passwords_in(value)


@pytest.fixture(scope="module")
def known(suite: Suite) -> set[str]:
    """Every secret there is: made at the first start, set, or handed out to people of the tests."""
    made = {value for name, value in suite.secrets.items() if name != "plex_client_id"}
    keys = {part.partition(":")[2] for value in made for part in value.split(",") if ":" in part}
    people = {account_token(person.username) for person in PEOPLE} | {p.email for p in PEOPLE if p.email}
    found = made | keys | people | set(settings_of(suite)) | set(passwords_in(suite.endpoints)) | suite.handed_out
    found -= {suite.secrets["plex_client_id"]}
    return {secret for secret in found if len(secret) >= _SHORTEST}


async def test_something_happened_that_could_be_told(suite: Suite, owner: Person, kit: Person, script: Script) -> None:
    """So that the search means something when this file runs alone."""
    (await kit.call("POST", "/api/v1/auth/tokens", {"name": "x", "permissions": ["media:search"]})).expect(201)
    (await owner.call("POST", "/api/v1/auth/invitations", {"note": "a friend"})).expect(201)
    (await kit.call("POST", "/api/v1/auth/refresh")).expect(200)
    secret = {"Authorization": f"Bearer {kit.cookie('medianest_session')}x", "X-Api-Key": "mn_" + "k" * 40}
    await script.call(
        "GET", f"/api/v1/requests?token={kit.cookie('medianest_refresh')}&email=alice@example.test", headers=secret
    )
    await script.call("GET", f"/api/v1/none/{kit.cookie('medianest_refresh')}/alice@example.test")
    await script.call(
        "POST", "/api/v1/auth/login", {"username": "alice@example.test", "password": "the wrong password"}
    )
    await script.call(
        "POST", "/api/v1/webhooks/overseerr", {}, headers={"Authorization": suite.secrets["uptime_kuma_webhook"]}
    )
    suite.handed_out |= {"the wrong password", "mn_" + "k" * 40}
    assert len(suite.handed_out) > 8
    assert "request_answered" in suite.log


def test_no_secret_is_in_them(suite: Suite, known: set[str]) -> None:
    log = suite.log
    words = set(re.findall(r"[A-Za-z0-9_.+~/=@-]+", log))
    assert len(known) > 50
    leaked = {
        secret
        for secret in known | suite.handed_out
        if (secret in words if len(secret) < 12 else secret in log or quote(secret, safe="") in log)
    }
    assert not leaked, [line[:300] for line in log.splitlines() if any(secret in line for secret in leaked)][:5]


@pytest.mark.parametrize("pattern", [_MAIL, _JWT, _PRIVATE_KEY], ids=["mail", "token", "key"])
def test_nothing_that_looks_like_one_is_in_them(suite: Suite, pattern: re.Pattern[str]) -> None:
    found = [line for line in suite.log.splitlines() if pattern.search(line)]
    assert not found, found[:5]


def test_nobody_but_the_owner_of_the_run_may_read_its_secrets(suite: Suite) -> None:
    for name in ("secrets.json", "endpoints.json"):
        assert (suite.state / name).stat().st_mode & 0o077 == 0
