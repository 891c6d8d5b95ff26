"""Every operation of the merged document with made-up input, good and bad, as a user and as an administrator.

No answer is a failure of ours, none has a status that the document does not name for the operation, and every body and
every type of contents is what the document says, those of refusals too. `NOT_TRIED` lists what is left out, and why.
"""

from dataclasses import dataclass
from typing import Any, Final, cast

import pytest_asyncio
import schemathesis
from schemathesis import Case, CheckFunction, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.schemas import BaseSchema
from support.operations import document
from support.person import Person

NOT_TRIED: Final = {
    "stream_events": "does not end by itself; the tests of the gateway's hub read it",
    "log_out": "ends the session that the others are tried with; test_sessions.py tries it",
    "refresh_session": "replaces that session and takes no input; test_sessions.py tries it",
    "update_sign_in_policy": "a lucky guess would shut everybody out; the auth service's own tests try it",
}
# What an outside system leaves open: Overseerr answers for a title that there is not as for an outage of its own.
NOT_OURS: Final = frozenset({"TITLE_UNAVAILABLE", "VIDEO_SITE_TROUBLE"})
_EXAMPLES: Final = 4
_CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def _schema() -> BaseSchema:
    load_all_checks()
    generation = GenerationConfig(
        modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
        max_examples=_EXAMPLES,
        deterministic=True,
        no_shrink=True,
        with_security_parameters=False,
        database="none",
    )
    # The coverage phase alone would make more calls to a route in a minute than a person may.
    phases = PhasesConfig(coverage=CoveragePhaseConfig(enabled=False))
    project = ProjectConfig(generation=generation, phases=phases)
    config = SchemathesisConfig(seed=1, projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(document(), config=config).exclude(operation_id=list(NOT_TRIED))


schema = _schema()


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
async def user(bob: Person) -> Credentials:
    return _of(bob)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def administrator(owner: Person) -> Credentials:
    return _of(owner)


def _try(case: Case[Any], who: Credentials) -> None:
    response = case.call(base_url=who.base_url, headers=who.headers, cookies=who.cookies, timeout=30)
    is_outside = response.status_code == 503 and response.json()["code"] in NOT_OURS
    names = list(_CHECKS[1:] if is_outside else _CHECKS)
    checks = cast("list[CheckFunction]", CHECKS.get_by_names(names))  # the registry holds other kinds too
    case.validate_response(response, checks=checks)


@schema.parametrize()
def test_every_operation_holds_for_a_user(case: Case[Any], user: Credentials) -> None:
    _try(case, user)


@schema.parametrize()
def test_every_operation_holds_for_an_administrator(case: Case[Any], administrator: Credentials) -> None:
    _try(case, administrator)


def test_what_is_left_out_is_there() -> None:
    names = {operation["operationId"] for item in document()["paths"].values() for operation in item.values()}
    assert set(NOT_TRIED) <= names
