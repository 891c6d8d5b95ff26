"""Where people are sent: nowhere but the places that the owner has set."""

from urllib.parse import parse_qs, urlsplit

import pytest
from support.person import Person, Script
from support.suite import Suite

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/%0d%0aLocation:https://evil.example",
    " https://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http:evil.example",
    "evil.example",
    "@evil.example",
    ".evil.example",
    "",
    "/" + "a" * 600,
]


@pytest.mark.parametrize("place", ELSEWHERE)
async def test_after_signing_in_nobody_is_sent_elsewhere(suite: Suite, script: Script, place: str) -> None:
    answer = await script.call("POST", "/api/v1/auth/plex/pin", {"form": "redirect", "forward_url": place})
    if answer.status == 201:  # what is a path of ours in the end may be told
        forward = forward_url(answer.body["auth_url"])
        assert urlsplit(forward).netloc == urlsplit(suite.endpoints["public_url"]).netloc
        assert "\r" not in forward
        assert "\n" not in forward
    else:
        assert answer.status == 422


def forward_url(auth_url: str) -> str:
    """Where app.plex.tv is told to send the browser."""
    return parse_qs(auth_url.partition("#?")[2])["forwardUrl"][0]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost@evil.example"])
async def test_the_name_we_are_called_by_decides_nothing(suite: Suite, script: Script, host: str) -> None:
    headers = {"Host": host, "X-Forwarded-Host": host}
    answer = await script.call("POST", "/api/v1/auth/plex/pin", {"form": "redirect"}, headers=headers)
    assert host not in forward_url(answer.expect(201)["auth_url"])
    assert not [line for line in answer.set_cookies.values() if "domain" in line.lower()]


async def test_where_people_sign_in_is_where_the_owner_says(suite: Suite, script: Script) -> None:
    answer = await script.call("POST", "/api/v1/auth/plex/pin", {"form": "redirect", "forward_url": "/requests"})
    auth_url = answer.expect(201)["auth_url"]
    assert auth_url.startswith(suite.environment("auth")["MEDIANEST_PLEX_AUTH_URL"])
    assert forward_url(auth_url) == f"{suite.endpoints['public_url']}/requests"


@pytest.mark.parametrize(
    "path",
    ["/", "/requests", "/api/v1/status", "/api/v1/users", "/docs", "//evil.example", "/api/v1/requests/", "/assets"],
)
async def test_nothing_answers_with_a_redirect(script: Script, alice: Person, path: str) -> None:
    for answer in (await script.call("GET", path), await alice.call("GET", path)):
        assert not 300 <= answer.status < 400
        assert "Location" not in answer.headers
