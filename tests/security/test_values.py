"""Values that break programs: NULs, numbers without end, depths, wrong encodings. None is a failure of ours."""

import json
from typing import Any
from uuid import uuid4

import pytest
from support.operations import Operation, document, operations
from support.person import Person

JSON = {"Content-Type": "application/json"}
# A body that asks for nothing signs out, so that everything after it would be refused to a stranger.
WITH_BODY = [op for op in operations() if op.body and "webhooks" not in op.path and op.name != "log_out"]
WITH_QUERY = [op for op in operations() if op.queries and op.name != "stream_events"]
BROKEN = {
    "nothing": b"",
    "half a body": b'{"a":',
    "no encoding": b'{"title":"\xff\xfe"}',
    "half a pair": b'{"title":"\\ud800","code":"\\udfff"}',
    "a depth": b"[" * 20_000 + b"]" * 20_000,
    "an object in every object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "a number without end": b'{"tmdb_id":' + b"9" * 5_000 + b"}",
    "no number": b'{"tmdb_id":NaN,"expires_in_days":Infinity}',
    "a name twice": b'{"media_type":"movie","media_type":"tv","tmdb_id":1,"tmdb_id":2}',
    "a list": b"[[],{}]",
    "a prototype": b'{"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}}}',
    "a null": b"null",
}
ODD = ("%00", "a%00b", "9" * 400, "-1", "1e309", "%ff%fe", "%F0%9F%A6%86", "%27%20or%201=1--", "%25s%25n", "{}", "[]")


def path_of(operation: Operation) -> str:
    return operation.at({name: _place(name) for name in operation.parameters})


def _place(name: str) -> str:
    return "movie" if name == "media_type" else str(uuid4())


def with_nul(schema: dict[str, Any]) -> Any:
    """A body of the right form, with a NUL in every text and a number at the end of every range."""
    if "$ref" in schema:
        return with_nul(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    for part in schema.get("anyOf", []):
        if part.get("type") != "null":
            return with_nul(part)
    match schema.get("type"):
        case "object":
            return {name: with_nul(part) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [with_nul(schema["items"])] if "items" in schema else []
        case "integer":
            return schema.get("maximum", 2**62)
        case "number":
            return 1e308
        case "boolean":
            return False
    return {"date-time": "9999-12-31T23:59:59Z", "uuid": str(uuid4())}.get(
        schema.get("format", ""), "a\x00b" + "c" * 12
    )


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_no_body_is_a_failure_of_ours(owner: Person, operation: Operation) -> None:
    for name, body in BROKEN.items():
        answer = await owner.call(operation.method, path_of(operation), body, **JSON)
        assert answer.status < 500, f"{name}: {answer.body}"
        assert answer.code != "SESSION_ENDED"


def body_with_nul(operation: Operation) -> bytes:
    return json.dumps(with_nul({"$ref": f"/{operation.body}"})).encode()


@pytest.mark.parametrize("operation", [op for op in WITH_BODY if b"\\u0000" in body_with_nul(op)], ids=str)
async def test_a_nul_in_a_text_is_refused_and_kept_nowhere(owner: Person, operation: Operation) -> None:
    body = body_with_nul(operation)
    answer = await owner.call(operation.method, path_of(operation), body, **JSON)
    assert 400 <= answer.status < 500, answer.body


@pytest.mark.parametrize("operation", WITH_QUERY, ids=str)
async def test_no_query_is_a_failure_of_ours(owner: Person, operation: Operation) -> None:
    for query in operation.queries:
        for value in ODD[:4] if operation.service == "requests" else ODD:
            answer = await owner.call(operation.method, f"{path_of(operation)}?{query}={value}")
            assert answer.status < 500, f"{query}={value}: {answer.body}"


@pytest.mark.parametrize("operation", [op for op in operations() if op.parameters], ids=str)
async def test_no_path_is_a_failure_of_ours(owner: Person, operation: Operation) -> None:
    for value in ("%F0%9F%A6%86", "9" * 30, "-1", "%ff", "%27", "a" * 300, "%7B%7D"):
        path = operation.at(dict.fromkeys(operation.parameters, value))
        answer = await owner.call(operation.method, path, {} if operation.body else None)
        assert answer.status < 500, f"{path}: {answer.body}"
