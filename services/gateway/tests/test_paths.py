"""Which paths are looked at at all."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medianest_gateway.errors import BadRequest
from medianest_gateway.paths import check_path, check_query

from .doubles import Someone
from .world import World

TRICKS = [
    "/api/v1//requests",
    "//api/v1/requests",
    "/api/v1/requests/../users",
    "/api/v1/requests/..",
    "/api/v1/requests/.",
    "/api/v1/./requests",
    "/api/v1/requests/%2e%2e/users",
    "/api/v1/requests/.%2E/users",
    "/api/v1/requests/%2E",
    "/api/v1/requests%2f..%2fusers",
    "/api/v1/requests/%2F",
    "/api/v1/requests\\..\\users",
    "/api/v1/requests%5Cusers",
    "/api/v1/requests%00",
    "/api/v1/requests/%0d%0aX-Evil:1",
    "/api/v1/requests/%252e%252e/users",
    "/api/v1/requests/..;/users",
    "/api/v1/requests;x=1",
    "/api/v1/requests/%zz",
    "/api/v1/requests/%2",
    "/api/v1/downloads/%6canes/main",
    "/api/v1/downloads/paused%2dusers/1",
    "/api/v1/downloads/1/%41pprove",
]


@pytest.mark.parametrize("path", TRICKS)
async def test_a_path_that_two_servers_may_read_differently_is_refused(
    world: World, someone: Someone, path: str
) -> None:
    reply = await world.call("GET", path, someone)
    assert (reply.status, reply.code) == (400, "BAD_REQUEST")
    assert all(service.seen == [] for service in world.services.values())


@pytest.mark.parametrize("path", ["/", "/api/v1/requests", "/assets/a-b_c.d~e.js", "/x/%C3%A9%20", "/.well-known/x"])
def test_an_ordinary_path_is_let_through_unchanged(path: str) -> None:
    assert check_path(path.encode()) == path


@given(st.binary(max_size=60).map(lambda tail: b"/" + tail))
def test_whatever_passes_has_no_empty_or_dot_segment(raw: bytes) -> None:
    try:
        path = check_path(raw)
    except BadRequest:
        return
    assert path.encode() == raw
    assert not re.search(r"[A-Za-z0-9._~-]", "".join(unquote(escape) for escape in re.findall("%..", path)))
    assert "//" not in path
    segments = [segment.lower().replace("%2e", ".") for segment in path.split("/")]
    assert not {".", ".."} & set(segments)
    assert "\\" not in path
    assert "%00" not in path


def test_an_endless_path_is_refused() -> None:
    with pytest.raises(BadRequest):
        check_path(b"/" + b"a" * 5000)


@pytest.mark.parametrize("query", [b"a=\x00", b"a=b c", b"a=\xff", b"x" * 9000])
def test_a_query_with_strange_bytes_or_without_end_is_refused(query: bytes) -> None:
    with pytest.raises(BadRequest):
        check_query(query)
