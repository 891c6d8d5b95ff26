"""How the browser is told to keep what it is given."""

from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi import Request, Response

from medianest_auth.api.cookies import Cookies
from medianest_auth.service.sessions import Issued
from medianest_common.clock import utc_now


def lines(public_url: str) -> dict[str, set[str]]:
    """Attributes of all cookies, by name, of signing in, binding a sign-in and signing out."""
    cookies, response, now = Cookies(public_url, "key"), Response(), utc_now()
    cookies.sign_in(response, Issued(uuid4(), "a", now + timedelta(minutes=10), "r", now + timedelta(days=30)))
    cookies.bind(Request({"type": "http", "headers": []}), response, "b" * 43, now + timedelta(minutes=5))
    cookies.sign_out(response)
    told = [value.decode() for name, value in response.raw_headers if name == b"set-cookie"]
    assert len(told) == 7
    found: dict[str, set[str]] = {}
    for line in told:
        pair, *attributes = line.split("; ")
        kept = {each.lower() for each in attributes if not each.lower().startswith(("max-age", "expires"))}
        name = pair.partition("=")[0]
        found[name] = found.get(name, kept) & kept
    return found


def test_over_https_every_cookie_is_secure_and_bound_to_this_host() -> None:
    found = lines("https://media.example")
    assert set(found) == {f"__Host-medianest_{name}" for name in ("session", "refresh", "csrf", "pin")}
    for attributes in found.values():
        assert {"secure", "path=/", "samesite=lax"} <= attributes
        assert not [each for each in attributes if each.startswith("domain")]


@pytest.mark.parametrize("public_url", ["https://media.example", "http://localhost:8080"])
def test_scripts_read_none_but_the_csrf_token(public_url: str) -> None:
    for name, attributes in lines(public_url).items():
        assert ("httponly" in attributes) == (not name.endswith("csrf")), name


def test_over_http_no_cookie_says_that_it_needs_https() -> None:
    for name, attributes in lines("http://localhost:8080").items():
        assert not name.startswith("__")
        assert "secure" not in attributes
