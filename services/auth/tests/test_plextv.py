"""The client of plex.tv: what it sends, and what it makes of answers nobody would think of."""

from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
import pytest_asyncio

from medianest_auth.clients.plextv import PinGone, PlexTv, TokenRefused
from medianest_common.errors import UpstreamRefused, UpstreamUnavailable
from medianest_common.http import OutsideClient

Handler = Callable[[httpx2.Request], httpx2.Response]
Made = Callable[[Handler], PlexTv]


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Made]:
    clients: list[OutsideClient] = []

    def make(handler: Handler) -> PlexTv:
        clients.append(OutsideClient("plex.tv", tries=1, transport=httpx2.MockTransport(handler)))
        plextv = PlexTv(clients[-1], "http://plex.test", product="MediaNest")
        plextv.client_id = "this-installation"
        return plextv

    yield make
    for client in clients:
        await client.close()


def answering(status: int, **options: object) -> Handler:
    return lambda _: httpx2.Response(status, **options)  # type: ignore[arg-type]


async def test_every_call_says_which_installation_asks_and_wants_json(made: Made) -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"id": 7, "username": "alice"})

    await made(handler).account("secret-token")
    headers = seen[0].headers
    assert headers["x-plex-client-identifier"] == "this-installation"
    assert headers["accept"] == "application/json"
    assert headers["x-plex-token"] == "secret-token"
    assert "secret-token" not in str(seen[0].url)


async def test_an_account_may_lack_everything_but_its_id(made: Made) -> None:
    account = await made(answering(200, json={"id": 7, "username": "", "title": None, "email": None})).account("t")
    assert (account.id, account.username, account.email) == ("7", "plex-7", None)


@pytest.mark.parametrize("status", [400, 403, 404, 422, 429])
async def test_only_401_means_that_a_token_is_bad(made: Made, status: int) -> None:
    with pytest.raises(UpstreamRefused):
        await made(answering(status, json={"errors": []})).resources("t")
    with pytest.raises(TokenRefused):
        await made(answering(401, json={"errors": []})).resources("t")


async def test_a_429_says_how_long_to_wait(made: Made) -> None:
    with pytest.raises(UpstreamRefused) as caught:
        await made(answering(429, headers={"Retry-After": "17"})).poll_pin(1)
    assert caught.value.retry_after == 17


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"id": "x"}', b"", b'{"id": 1, "code": "ABCD"}'])
async def test_nonsense_with_a_200_is_no_answer(made: Made, body: bytes) -> None:
    with pytest.raises(UpstreamUnavailable):
        await made(answering(200, content=body)).poll_pin(1)


async def test_a_pin_past_its_time_is_gone_even_when_plex_still_shows_it(made: Made) -> None:
    pin = {"id": 1, "code": "ABCD", "expiresAt": "2020-01-01T00:00:00Z", "authToken": None}
    with pytest.raises(PinGone):
        await made(answering(200, json=pin)).poll_pin(1)
    with pytest.raises(PinGone):
        await made(answering(404, json={"errors": [{"code": 1020}]})).poll_pin(1)


async def test_resources_with_missing_and_null_fields_are_read(made: Made) -> None:
    found = await made(
        answering(200, json=[{"clientIdentifier": "a", "provides": None, "owned": None}, {"clientIdentifier": "b"}])
    ).resources("t")
    assert [(each.client_identifier, each.is_server, each.owned) for each in found] == [
        ("a", False, False),
        ("b", False, False),
    ]


@pytest.mark.parametrize(
    "entity",
    [
        b'<!ENTITY x SYSTEM "file:///etc/hostname">',
        b'<!ENTITY x SYSTEM "http://127.0.0.1:9/">',
        b'<!ENTITY a "' + b"A" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'"><!ENTITY x "' + b"&b;" * 1000 + b'">',
    ],
    ids=["a file", "an address", "a bomb"],
)
async def test_entities_in_xml_fetch_nothing_and_do_not_grow(made: Made, entity: bytes) -> None:
    xml = b"<!DOCTYPE m [%b]><MediaContainer><User id='1'>&x;</User></MediaContainer>" % entity
    with pytest.raises(UpstreamUnavailable):
        await made(answering(200, content=xml)).server_users("t", "m")


async def test_users_of_other_servers_are_not_imported(made: Made) -> None:
    xml = (
        b'<MediaContainer><User id="1" username="a"><Server machineIdentifier="m"/></User>'
        b'<User id="2" username="b"><Server machineIdentifier="x"/></User><User id="3" title="c"/></MediaContainer>'
    )
    assert [user.id for user in await made(answering(200, content=xml)).server_users("t", "m")] == ["1"]
    with pytest.raises(UpstreamUnavailable):
        await made(answering(200, content=b"<MediaContainer>")).server_users("t", "m")
