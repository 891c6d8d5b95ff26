"""The merged document: what the table exposes, nothing else, and no name for two things."""

import json
from typing import Any

import pytest

from medianest_gateway.openapi import DOCUMENT, MergeRefused, merge
from medianest_gateway.routes import Open, Route, Table

TABLE = Table(
    [
        Route("films", ("GET",), "/api/v1/films", "requests", Open.SIGNED_IN),
        Route("add_film", ("POST",), "/api/v1/films", "requests", Open.SIGNED_IN),
        Route("status", ("GET",), "/api/v1/status", "status", Open.PUBLIC),
    ]
)


def document(path: str, method: str, operation: str, **schemas: Any) -> dict[str, Any]:
    body = {name: {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}} for name in schemas}
    response = {"description": "x", "content": next(iter(body.values()), {})}
    return {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {path: {method: {"operationId": operation, "responses": {"200": response, "422": {}}}}},
        "components": {"schemas": dict(schemas)},
    }


def test_what_the_table_exposes_is_in_it_with_what_the_gateway_adds() -> None:
    merged = merge({"requests": document("/api/v1/films", "post", "add_film", Film={"type": "object"})}, TABLE)
    operation = merged["paths"]["/api/v1/films"]["post"]
    assert operation["security"] == [{"session": []}, {"api_token": []}]
    assert {"$ref": "#/components/parameters/CsrfToken"} in operation["parameters"]
    assert set(operation["responses"]) == {"200", "400", "401", "403", "408", "413", "422", "429", "503"}
    assert "application/problem+json" in operation["responses"]["422"]["content"]
    assert "Film" in merged["components"]["schemas"]


def test_what_it_does_not_expose_is_left_out_with_its_schemas() -> None:
    hidden = document("/internal/exchange", "get", "exchange", Secret={"type": "object"})
    merged = merge({"requests": hidden}, TABLE)
    assert "/internal/exchange" not in merged["paths"]
    assert "Secret" not in merged["components"]["schemas"]


def test_a_path_of_another_services_is_left_out() -> None:
    assert "/api/v1/status" not in merge({"requests": document("/api/v1/status", "get", "x")}, TABLE)["paths"]


def test_one_operation_name_for_two_things_is_refused() -> None:
    two = {
        "requests": document("/api/v1/films", "get", "read"),
        "status": document("/api/v1/status", "get", "read"),
    }
    with pytest.raises(MergeRefused, match="read"):
        merge(two, TABLE)


def test_one_schema_name_for_two_things_is_refused_and_for_the_same_thing_is_not() -> None:
    one = document("/api/v1/films", "get", "films", Page={"type": "object"})
    same = document("/api/v1/status", "get", "status", Page={"type": "object"})
    other = document("/api/v1/status", "get", "status", Page={"type": "array"})
    assert "Page" in merge({"requests": one, "status": same}, TABLE)["components"]["schemas"]
    with pytest.raises(MergeRefused, match="Page"):
        merge({"requests": one, "status": other}, TABLE)


def test_an_operation_without_a_name_is_refused() -> None:
    with pytest.raises(MergeRefused):
        merge({"requests": document("/api/v1/films", "get", "")}, TABLE)


def test_every_operation_of_the_committed_document_is_in_the_table() -> None:
    table, seen = Table(), set()
    for path, item in json.loads(DOCUMENT.read_text())["paths"].items():
        assert not path.startswith("/internal")
        for method, operation in item.items():
            assert table.find(method.upper(), path) is not None
            assert operation["operationId"] not in seen
            seen.add(operation["operationId"])
    assert {"stream_events", "create_request", "submit_download", "get_status", "read_me"} <= seen
