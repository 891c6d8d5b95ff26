"""The schema of every message, as last agreed; `make snapshots` writes it anew, and the difference is for reading.

Fields may be added. One removed, made required or given another type breaks whoever reads it.
"""

import json
from pathlib import Path
from typing import Any

from medianest_common.contracts import auth, downloads, requests, status
from medianest_common.contracts.envelope import Message, State

SNAPSHOT = Path(__file__).parent / "snapshots" / "messages.json"
_MODULES = (auth, downloads, requests, status)


def messages() -> dict[str, Any]:
    """Schema by subject, or by class for the values of buckets."""
    found: dict[str, Any] = {}
    for module in _MODULES:
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, Message | State):
                name = getattr(kind, "subject", None) or (kind.__name__ if issubclass(kind, State) else None)
                if name and kind is not State:
                    found[name] = kind.model_json_schema()
    return dict(sorted(found.items()))


def test_every_message_is_as_agreed() -> None:
    assert json.loads(SNAPSHOT.read_text()) == json.loads(json.dumps(messages())), "run `make snapshots` and read it"


def test_no_agreed_field_was_taken_away() -> None:
    now = messages()
    for name, agreed in json.loads(SNAPSHOT.read_text()).items():
        assert name in now, f"{name} is gone; other people's services may read it"
        gone = set(agreed["properties"]) - set(now[name]["properties"])
        assert not gone, f"{name} lost {gone}"


if __name__ == "__main__":
    SNAPSHOT.parent.mkdir(exist_ok=True)
    lines = [f"{json.dumps(name)}: {json.dumps(schema)}" for name, schema in messages().items()]
    SNAPSHOT.write_text("{\n" + ",\n".join(lines) + "\n}\n")  # a line each, so that a difference is readable
