"""The merged document is what the services say today, and what the web client was generated from."""

import json
from importlib import import_module

from medianest_gateway.openapi import DOCUMENT, SERVICES, Document, export, merge


def said_by(service: str) -> Document:
    document: Document = json.loads(json.dumps(import_module(f"medianest_{service}.app").openapi()))
    return document


def test_the_merged_document_is_current() -> None:
    merged = merge({service: said_by(service) for service in SERVICES})
    assert json.loads(DOCUMENT.read_text()) == merged, "run `make client`"


def test_a_service_says_the_same_in_a_process_of_its_own() -> None:
    assert export("status") == said_by("status")


def test_nothing_internal_is_in_it() -> None:
    paths = json.loads(DOCUMENT.read_text())["paths"]
    assert not [path for path in paths if path.startswith("/internal") or "metrics" in path]


def test_every_operation_says_each_of_its_failures_and_what_they_look_like() -> None:
    document = json.loads(DOCUMENT.read_text())
    shared = document["components"]["responses"]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            said = operation["responses"]
            failures = {status for status in said if status[0] in "45"}
            assert {"400", "503"} <= failures, path
            assert "default" not in said, f"{path} leaves open what it may answer"
            assert not operation["security"] or {} in operation["security"] or "401" in failures, path
            assert "{" not in path or "404" in failures, path
            assert method == "get" or {"403", "413"} <= failures, path
            for status in failures:
                answer = said[status]
                named = shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
                assert list(named["content"]) == ["application/problem+json"], (path, status)
