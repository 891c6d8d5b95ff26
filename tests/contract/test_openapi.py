"""The merged document is what the services say today, and what the web client was generated from."""

import json

from medianest_gateway.openapi import DOCUMENT, SERVICES, export, merge


def test_the_merged_document_is_current() -> None:
    merged = merge({service: export(service) for service in SERVICES})
    assert json.loads(DOCUMENT.read_text()) == merged, "run `make client`"


def test_nothing_internal_is_in_it() -> None:
    paths = json.loads(DOCUMENT.read_text())["paths"]
    assert not [path for path in paths if path.startswith("/internal") or "metrics" in path]


def test_every_operation_says_what_its_failures_look_like() -> None:
    document = json.loads(DOCUMENT.read_text())
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert operations
    assert all("default" in operation["responses"] for operation in operations)
