"""Every operation of the merged document with made-up input, good and bad, as a user and as an administrator.

No answer is a failure of ours, none has a status that the document does not name for the operation, and every body and
every type of contents is what the document says, those of refusals too. `NOT_TRIED` lists what is left out, and why.
"""

# Schemathesis takes seconds to import: the workers that try nothing here do without it.
# ruff: noqa: PLC0415

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.operations import Operation, document, operations
from support.person import Person

if TYPE_CHECKING:
    from schemathesis import Case, CheckFunction
    from schemathesis.schemas import BaseSchema

NOT_TRIED: Final = {
    "stream_events": "does not end by itself; the tests of the gateway's hub read it",
    "log_out": "ends the session that the others are tried with; test_sessions.py tries it",
    "refresh_session": "replaces that session and takes no input; test_sessions.py tries it",
    "update_sign_in_policy": "a lucky guess would shut everybody out; the auth service's own tests try it",
}
# What an outside system leaves open: Overseerr answers for a title that there is not as for an outage of its own.
NOT_OURS: Final = frozenset({"TITLE_UNAVAILABLE", "VIDEO_SITE_TROUBLE"})
_TRIES: Final = settings(
    max_examples=4,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
_CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@cache
def _schema() -> "BaseSchema":
    import schemathesis
    from schemathesis.checks import load_all_checks
    from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig

    load_all_checks()
    project = ProjectConfig(generation=GenerationConfig(with_security_parameters=False))
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(document(), config=config)


@dataclass(frozen=True)
class Credentials:
    """What a person's browser adds to every call."""

    base_url: str
    headers: dict[str, str]
    cookies: dict[str, str]


def _of(person: Person) -> Credentials:
    headers = {"X-CSRF-Token": person.cookie("medianest_csrf"), "Origin": person.gateway}
    return Credentials(person.gateway, headers, {"medianest_session": person.cookie("medianest_session")})


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def people(bob: Person, owner: Person) -> dict[str, Credentials]:
    return {"a user": _of(bob), "an administrator": _of(owner)}


def _try(case: "Case[Any]", who: Credentials) -> None:
    from schemathesis.checks import CHECKS

    response = case.call(base_url=who.base_url, headers=who.headers, cookies=who.cookies, timeout=30)
    is_outside = response.status_code == 503 and response.json()["code"] in NOT_OURS
    names = list(_CHECKS[1:] if is_outside else _CHECKS)
    checks = cast("list[CheckFunction]", CHECKS.get_by_names(names))  # the registry holds other kinds too
    case.validate_response(response, checks=checks)


@pytest.mark.parametrize("operation", [each for each in operations() if each.name not in NOT_TRIED], ids=str)
@pytest.mark.parametrize("name", ["a user", "an administrator"])
def test_every_operation_holds_for(name: str, operation: Operation, people: dict[str, Credentials]) -> None:
    from schemathesis import GenerationMode

    tried = _schema()[operation.path][operation.method]

    @_TRIES
    @given(case=st.one_of([tried.as_strategy(mode) for mode in GenerationMode]))
    def with_any_input(case: "Case[Any]") -> None:
        _try(case, people[name])

    with_any_input()


def test_what_is_left_out_is_there() -> None:
    names = {operation["operationId"] for item in document()["paths"].values() for operation in item.values()}
    assert set(NOT_TRIED) <= names
