"""The table: what it finds, and what it does not know."""

import pytest

from medianest_common.contracts.permissions import Permission
from medianest_gateway.routes import TABLE, Open, Rate, Route, Table

from .doubles import Someone
from .world import World


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/api/v1/requests", "requests"),
        ("GET", "/api/v1/requests/1", "requests"),
        ("POST", "/api/v1/requests", "create_request"),
        ("POST", "/api/v1/requests/1/approve", "approve_request"),
        ("POST", "/api/v1/downloads", "submit_download"),
        ("POST", "/api/v1/downloads/1/cancel", "change_downloads"),
        ("POST", "/api/v1/downloads/lanes/main/pause", "change_lanes"),
        ("GET", "/api/v1/downloads/lanes", "lanes"),
        ("DELETE", "/api/v1/users/1", "delete_user"),
        ("DELETE", "/api/v1/users/1/sessions/2", "change_users"),
        ("GET", "/api/v1/media/artwork/poster/a.jpg", "artwork"),
        ("GET", "/api/v1/media/movie/603", "media"),
        ("HEAD", "/api/v1/downloads/1/items/2/file", "downloads"),
        ("WEBSOCKET", "/api/v1/events/ws", "events_socket"),
    ],
)
def test_the_most_exact_route_is_found(method: str, path: str, name: str) -> None:
    route = Table().find(method, path)
    assert route is not None
    assert route.name == name


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/internal/exchange"),
        ("POST", "/internal/exchange"),
        ("GET", "/api/v1/internal/plex-token/1"),
        ("GET", "/api/v1/requests/"),
        ("GET", "/api/v1/requestsx"),
        ("GET", "/api/v1"),
        ("GET", "/api/v1/events/ws"),
        ("WEBSOCKET", "/api/v1/requests"),
        ("TRACE", "/api/v1/requests"),
        ("GET", "/API/v1/requests"),
    ],
)
def test_what_is_not_in_the_table_is_not_there(method: str, path: str) -> None:
    assert Table().find(method, path) is None


def test_everything_of_administrators_needs_one_of_their_permissions() -> None:
    admins = {
        Permission.USERS_READ,
        Permission.USERS_WRITE,
        Permission.USERS_DELETE,
        Permission.SERVICES_CONFIGURE,
        Permission.SYSTEM_MANAGE,
        Permission.LOGS_READ,
    }
    words = ("users", "audit", "integrations", "lanes", "dead-letters", "approve", "decline", "policy", "invitations")
    for route in TABLE:
        if any(word in route.pattern for word in words):
            assert route.access in admins, route.name


def test_only_what_the_design_names_is_open_to_strangers() -> None:
    public = {route.pattern for route in TABLE if route.access in (Open.PUBLIC, Open.OPTIONAL)}
    assert public == {
        "/api/v1/auth/setup",
        "/api/v1/auth/login",
        "/api/v1/auth/plex/pin",
        "/api/v1/auth/plex/pin/*",
        "/api/v1/auth/plex/pin/*/qr",
        "/api/v1/auth/refresh",
        "/api/v1/auth/logout",
        "/api/v1/auth/jwks",
        "/api/v1/public/status",
        "/api/v1/webhooks/overseerr",
        "/api/v1/webhooks/uptime-kuma",
    }


def test_only_pictures_are_not_counted() -> None:
    assert {route.name for route in TABLE if route.rate is Rate.NONE} == {"artwork"}


def test_one_route_cannot_be_in_the_table_twice() -> None:
    route = Route("a", ("GET",), "/a/*", "auth", Open.PUBLIC)
    with pytest.raises(ValueError, match="twice"):
        Table([route, route])


async def test_an_unknown_address_is_a_problem(world: World, someone: Someone) -> None:
    reply = await world.call("GET", "/api/v1/no-such-thing", someone)
    assert (reply.status, reply.code) == (404, "NOT_FOUND")
    assert reply.json["instance"] == "/api/v1/no-such-thing"
    assert reply.json["correlation_id"]


async def test_internal_routes_do_not_exist_outside(world: World, someone: Someone) -> None:
    for path in ("/internal/exchange", "/internal/plex-token/1", "/api/internal/exchange"):
        assert (await world.call("POST", path, someone, data=b"{}")).status in (404, 405)
    assert world.auth.seen == []


async def test_a_method_an_address_does_not_take_is_405_with_those_it_takes(world: World, someone: Someone) -> None:
    reply = await world.call("PUT", "/api/v1/requests", someone, data=b"{}")
    assert (reply.status, reply.code) == (405, "METHOD_NOT_ALLOWED")
    assert reply.headers["Allow"] == "GET, HEAD, POST"
