"""Every message keeps the promises its base makes."""

import re
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from medianest_common.contracts import auth, downloads, requests
from medianest_common.contracts import status as status_contracts
from medianest_common.contracts.envelope import Event, Live
from medianest_common.contracts.permissions import ROLE_PERMISSIONS, Permission, Role
from medianest_common.ids import uuid7

_MODULES = (auth, requests, downloads, status_contracts)


MessageT = TypeVar("MessageT", bound=Event | Live)


def _concrete(base: type[MessageT]) -> list[type[MessageT]]:
    kinds = [kind for module in _MODULES for kind in vars(module).values() if isinstance(kind, type)]
    found = {kind for kind in kinds if issubclass(kind, base) and hasattr(kind, "subject")}
    return sorted(found, key=lambda kind: kind.__name__)


EVENTS = _concrete(Event)
USER = uuid4()


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
class TestEveryEvent:
    def test_has_a_subject_of_the_agreed_form(self, kind: type[Event]) -> None:
        assert re.fullmatch(r"medianest\.evt(\.[a-z_]+){2}\.[a-z_]+\.v\d+", kind.subject)

    def test_demands_an_audience(self, kind: type[Event]) -> None:
        field = kind.model_fields["audience"]
        assert field.is_required()

    def test_names_its_entity_by_a_field_it_has(self, kind: type[Event]) -> None:
        assert kind.entity_field in kind.model_fields


def test_subjects_are_used_once() -> None:
    subjects = [kind.subject for kind in EVENTS]
    assert len(subjects) == len(set(subjects))


def test_every_live_message_names_its_entity() -> None:
    assert all(kind.entity_field in kind.model_fields for kind in _concrete(Live))


def _created(**changes: object) -> auth.UserCreated:
    values = {"audience": [str(USER)], "version": 1, "user_id": USER, "role": "user"} | changes
    return auth.UserCreated.model_validate(values)


class TestAudience:
    @pytest.mark.parametrize("audience", [["all"], ["role:admin"], [str(USER)], ["integration:plex", str(USER)]])
    def test_takes_what_the_hub_can_route(self, audience: list[str]) -> None:
        assert _created(audience=audience).audience == tuple(audience)

    @pytest.mark.parametrize("audience", [[], ["everybody"], ["role:root"], ["user:1"], [""], None])
    def test_refuses_anything_else(self, audience: object) -> None:
        with pytest.raises(ValidationError):
            _created(audience=audience)


def test_facts_of_one_entity_share_a_key() -> None:
    changed = auth.UserChanged(
        audience=("all",), version=2, user_id=USER, role=Role.ADMIN, status=auth.UserStatus.ACTIVE
    )
    assert _created().key == changed.key == f"auth.user:{USER}"


def test_client_type_is_entity_and_what_happened() -> None:
    assert requests.RequestBecameAvailable.client_type() == "request.became_available"


def test_readers_ignore_what_they_do_not_know() -> None:
    body = _created().model_dump() | {"added_later": 1}
    assert auth.UserCreated.model_validate(body).user_id == USER


def test_an_admin_holds_every_permission_and_a_user_none_of_the_admins() -> None:
    assert ROLE_PERMISSIONS[Role.ADMIN] == set(Permission)
    assert not {p for p in ROLE_PERMISSIONS[Role.USER] if p.startswith(("users:", "system:", "services:", "logs:"))}


class TestUuid7:
    def test_is_of_version_seven(self) -> None:
        made = uuid7()
        assert isinstance(made, UUID)
        assert (made.version, made.variant) == (7, "specified in RFC 4122")

    def test_sorts_by_time(self) -> None:
        assert (uuid7().int >> 80) <= (uuid7().int >> 80)
