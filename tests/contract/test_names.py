"""Names on the wire keep the rules, so that whoever knows one can guess the others."""

import importlib
import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from medianest_common.contracts import auth, downloads, requests, status
from medianest_common.contracts.envelope import Command, Event, Live, Message
from medianest_common.contracts.streams import BUCKETS, STREAMS, durables

ROOT = Path(__file__).parents[2]
AUDIT_WORDS = ROOT / "services/gateway/web/src/features/admin/audit-words.ts"

_FORMS = {
    Event: r"medianest\.evt\.(auth|requests|downloads|status)\.[a-z_]+\.[a-z_]+\.v[1-9]\d*",
    Command: r"medianest\.cmd\.(downloads|audit)\.[a-z_]+\.[a-z_]+\.v[1-9]\d*",
    Live: r"medianest\.live\.(auth|requests|downloads|status)\.[a-z_]+",
}
_MESSAGES: list[type[Message]] = sorted(
    {
        kind
        for module in (auth, requests, downloads, status)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Message) and hasattr(kind, "subject")
    },
    key=lambda kind: kind.subject,
)
# What holds instruments: each service's own module, and the parts of the kit that count something.
_INSTRUMENTS = (
    *(f"medianest_{service}.metrics" for service in ("auth", "requests", "downloader", "status", "gateway")),
    *(f"medianest_common.{module}" for module in ("dead_letters", "messaging", "outbox")),
)


def test_the_audit_page_has_words_for_every_action_and_for_no_other() -> None:
    source = "".join(file.read_text() for file in ROOT.glob("*/*/src/**/*.py"))
    words = set(re.findall(r'^  "([a-z_]+\.[a-z_]+)":', AUDIT_WORDS.read_text(), re.MULTILINE))
    told = set(re.findall(r'(?:audit\.add|note|note_action)\(\s*(?:\w+, )?"([a-z_]+\.[a-z_]+)"', source))
    assert len(told) > 40
    assert told <= words
    assert not {word for word in words if f'"{word}"' not in source and f'to="{word.partition(".")[2]}"' not in source}


@pytest.mark.parametrize("kind", _MESSAGES, ids=lambda kind: kind.__name__)
def test_a_subject_says_what_sort_of_message_it_is_whose_and_of_what(kind: type[Message]) -> None:
    form = next(form for base, form in _FORMS.items() if issubclass(kind, base))
    assert re.fullmatch(form, kind.subject)


def test_a_subject_is_one_message_s_alone() -> None:
    subjects = [kind.subject for kind in _MESSAGES]
    assert len(subjects) == len(set(subjects))


def test_a_consumer_is_named_after_its_service_and_what_it_does() -> None:
    for spec in durables():
        service = {"worker": "downloader"}.get(spec.owner, spec.owner)
        assert re.fullmatch(rf"{service}-[a-z]+-[a-z]+(-[a-z]+)?", spec.name), spec.name


def test_streams_and_buckets_bear_the_suite_s_name() -> None:
    assert all(re.fullmatch(r"MEDIANEST(_[A-Z]+)+", stream.name) for stream in STREAMS)
    assert all(re.fullmatch(r"medianest(-[a-z]+)+", bucket.name) for bucket in BUCKETS)


def test_metrics_bear_the_suite_s_name_and_a_unit_and_no_label_holds_an_id() -> None:
    for module in _INSTRUMENTS:
        importlib.import_module(module)
    ours = [
        collector
        for collector, names in REGISTRY._collector_to_names.items()
        if any(name.startswith("medianest") for name in names)
    ]
    assert len(ours) > 30
    for collector in ours:
        name, kind = collector._name, collector._type  # type: ignore[attr-defined]
        assert re.fullmatch(r"medianest(_[a-z0-9]+){2,}", name), name
        assert kind != "histogram" or name.endswith(("_seconds", "_bytes", "_ratio")), name
        assert not name.endswith("_total"), f"{name}: the library adds it to counters"
        labels = collector._labelnames  # type: ignore[attr-defined]
        assert not [label for label in labels if label.endswith("id") or "user" in label], name
