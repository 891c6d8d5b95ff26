"""Things that are somebody's: Alice's request, download, token and session, and the administrator's secret service."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from support.keys import claims_of
from support.operations import Operation, document
from support.person import Message, Person, control, until
from support.suite import Suite

# Path parameters that name a user's thing; another user does not learn that it exists.
OWNED = frozenset({"request_id", "download_id", "item_id", "follow_id", "session_id", "token_id", "user_id", "pin_id"})

# Bodies that say more than their schema does; all others are made from it.
_BODIES: dict[str, Any] = {
    "FollowUpdate": {"every_hours": 100},
    "IncidentUpdate": {"text": "mine now"},
    "IntegrationCreate": {"id": "mine", "kind": "http", "name": "mine", "url": "http://127.0.0.1:9/"},
    "IntegrationTest": {"kind": "http", "url": "http://127.0.0.1:9/"},
    "IntegrationUpdate": {"name": "mine now"},
    "MaintenanceCreate": {"service_id": "plex", "starts_at": "2030-01-01T00:00:00Z", "ends_at": "2030-01-02T00:00:00Z"},
    "PolicyUpdate": {"admission": "members"},
    "UserUpdate": {"role": "admin"},
}


def body_for(operation: Operation) -> Any:
    """A body that the operation would take, so that nothing but the caller can be the reason of a refusal."""
    if operation.body is None:
        return {}
    return _BODIES.get(operation.body) or example({"$ref": operation.body})


def example(schema: dict[str, Any]) -> Any:
    """The smallest thing of a form."""
    if "$ref" in schema:
        return example(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if parts := [part for part in schema.get("anyOf", []) if part.get("type") != "null"]:
        return example(parts[0])
    match schema.get("type"):
        case "object":
            return {name: example(schema["properties"][name]) for name in schema.get("required", [])}
        case "array":
            return [example(schema["items"])] * int(schema.get("minItems", 0))
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
    formats = {"date-time": "2030-01-01T00:00:00Z", "uuid": str(uuid4())}
    return formats.get(schema.get("format", ""), "x" * max(1, int(schema.get("minLength", 1))))


_NOT_IN_PLEX = 62  # a film of the sandbox that can be asked for


@dataclass(frozen=True)
class Belongings:
    """Ids by the names of path parameters, and how Alice's things stood before anybody tried."""

    ids: dict[str, str]
    before: dict[str, Any]


async def collect(suite: Suite, owner: Person, alice: Person) -> Belongings:
    """Have Alice own one of everything."""
    await suite.an_hour_passes()  # whatever she has done before
    request, download = await _request(alice), await _download(suite, alice)
    follow = await _follow(suite, alice)
    wish = {"name": "alice's script", "permissions": ["media:search"]}
    token = (await alice.call("POST", "/api/v1/auth/tokens", wish)).expect(201)
    pin = (await alice.call("POST", "/api/v1/auth/plex/pin", {"form": "code"})).expect(201)
    claims = claims_of(alice.cookie("medianest_session"))
    private = await _private_integration(suite, owner)
    ids = {
        **dict.fromkeys(("invitation_id", "incident_id", "maintenance_id"), str(uuid4())),
        "egress": "main",
        "key": "1",
        "letter_id": "1",
        "list": "trending",
        "kind": "poster",
        "path": "poster-603.jpg",
        "media_type": "movie",
        "tmdb_id": str(_NOT_IN_PLEX),
        "integration_id": private,
        "service_id": private,
        "request_id": request["id"],
        "download_id": download["id"],
        "item_id": download["items"][0]["id"],
        "follow_id": follow["id"],
        "session_id": claims["sid"],
        "user_id": claims["sub"],
        "token_id": token["id"],
        "pin_id": pin["id"],
    }
    return Belongings(ids, await standing(alice, ids))


async def standing(alice: Person, ids: dict[str, str]) -> dict[str, Any]:
    """What must be the same after everybody has tried."""
    request = await alice.get(f"/api/v1/requests/{ids['request_id']}")
    download = await alice.get(f"/api/v1/downloads/{ids['download_id']}")
    follow = await alice.get(f"/api/v1/downloads/follows/{ids['follow_id']}")
    tokens = (await alice.get("/api/v1/auth/tokens"))["items"]
    sessions = (await alice.get("/api/v1/auth/sessions"))["items"]
    return {
        "request": request["status"],
        "download": download["status"] in ("cancelled", "paused", "deleted"),
        "follow": (follow["status"], follow["every_hours"]),
        "token": ids["token_id"] in {token["id"] for token in tokens},
        "session": ids["session_id"] in {session["id"] for session in sessions},
    }


async def _request(alice: Person) -> Message:
    made = await alice.call("POST", "/api/v1/requests", {"media_type": "movie", "tmdb_id": _NOT_IN_PLEX})
    if made.status == 201:
        return dict(made.body)
    items = (await alice.get("/api/v1/requests?limit=100"))["items"]
    return next(dict(item) for item in items if item["tmdb_id"] == _NOT_IN_PLEX)


async def _download(suite: Suite, alice: Person) -> Message:
    """A download of Alice's that no other test touches, and whose items are known."""
    videos = (await control(suite, "GET", "/videos"))["items"]
    url = next(item["url"] for item in videos if item["kind"] == "playlist")
    made = (await alice.call("POST", "/api/v1/downloads", {"url": url})).expect(202)
    return dict(await until(lambda: alice.get(f"/api/v1/downloads/{made['id']}"), lambda known: bool(known["items"])))


async def _follow(suite: Suite, alice: Person) -> Message:
    """A channel that Alice follows, put aside so that nothing changes by itself."""
    listed = (await alice.get("/api/v1/downloads/follows"))["items"]
    if not listed:
        videos = (await control(suite, "GET", "/videos"))["items"]
        url = next(item["url"] for item in videos if item["kind"] == "playlist")
        made = (await alice.call("POST", "/api/v1/downloads/follows", {"url": url})).expect(201)
        path = f"/api/v1/downloads/follows/{made['id']}"
        return dict((await alice.call("PATCH", path, {"paused": True})).expect(200))
    return dict(listed[0])


async def _private_integration(suite: Suite, owner: Person) -> str:
    there = (await owner.get("/api/v1/integrations"))["items"]
    for each in there:
        if each["private"] and each["name"] == "Secret":
            return str(each["id"])
    wish = {"kind": "http", "name": "Secret", "url": f"{suite.endpoints['sandbox']['url']}/", "private": True}
    return str((await owner.call("POST", "/api/v1/integrations", wish)).expect(201)["id"])
