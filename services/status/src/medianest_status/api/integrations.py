"""Setting integrations: each is tested before it is saved, and its secret never comes out again."""

from fastapi import APIRouter, Response

from medianest_common.errors import Conflict, NotFound
from medianest_common.refusals import may_answer
from medianest_status.api.dependencies import Configurer, PartsDep
from medianest_status.domain.integrations import Change, Draft, Integration
from medianest_status.domain.probes import Examination
from medianest_status.schemas import (
    IntegrationCreate,
    IntegrationPage,
    IntegrationRead,
    IntegrationTest,
    IntegrationTestRead,
    IntegrationUpdate,
)

router = APIRouter(tags=["integrations"])


def _read(integration: Integration) -> IntegrationRead:
    return IntegrationRead.model_validate(integration, from_attributes=True)


@router.get("/integrations")
async def list_integrations(caller: Configurer, parts: PartsDep) -> IntegrationPage:
    return IntegrationPage(items=[_read(one) for one in await parts.integrations.all()])


@router.post("/integrations", status_code=201, responses=may_answer(Conflict))
async def create_integration(
    body: IntegrationCreate, response: Response, caller: Configurer, parts: PartsDep
) -> IntegrationRead:
    """Test, then save. 422 with the steps when the test fails; `force` saves all the same."""
    draft = Draft(
        kind=body.kind,
        id=body.id,
        name=body.name,
        url=body.url,
        secret=body.secret.get_secret_value() if body.secret else None,
        enabled=body.enabled,
        private=body.private,
        depends_on=body.depends_on,
    )
    made = await parts.integrations.create(draft, by=caller, force=body.force)
    parts.overview.changed()
    response.headers["Location"] = f"/api/v1/integrations/{made.id}"
    return _read(made)


@router.post("/integrations/test", responses=may_answer(NotFound))
async def test_integration(body: IntegrationTest, caller: Configurer, parts: PartsDep) -> IntegrationTestRead:
    """Try settings without saving them: what was tried, what failed, how to mend it."""
    secret = body.secret.get_secret_value() if body.secret else None
    found = await parts.integrations.examine(body.kind, body.url, secret, integration_id=body.id, by=caller)
    return _test_read(found)


def _test_read(found: Examination) -> IntegrationTestRead:
    return IntegrationTestRead.model_validate(
        {
            "ok": found.passed,
            "steps": found.steps,
            "config": dict(found.learned),
            "response_ms": found.response_ms,
        },
        from_attributes=True,
    )


@router.get("/integrations/{integration_id}")
async def get_integration(integration_id: str, caller: Configurer, parts: PartsDep) -> IntegrationRead:
    return _read(await parts.integrations.one(integration_id))


@router.patch("/integrations/{integration_id}", responses=may_answer(Conflict))
async def update_integration(
    integration_id: str, body: IntegrationUpdate, caller: Configurer, parts: PartsDep
) -> IntegrationRead:
    """Change what is given. Another server's address needs the key again: the stored one is not sent to strangers."""
    change = Change(
        name=body.name,
        url=body.url,
        secret=body.secret.get_secret_value() if body.secret else None,
        enabled=body.enabled,
        private=body.private,
        depends_on=body.depends_on,
        version=body.version,
    )
    changed = await parts.integrations.update(integration_id, change, by=caller, force=body.force)
    parts.overview.changed()
    return _read(changed)


@router.delete("/integrations/{integration_id}", status_code=204)
async def delete_integration(integration_id: str, caller: Configurer, parts: PartsDep) -> Response:
    """Forget its settings, key and current state; its history stays until it is too old."""
    await parts.integrations.delete(integration_id, by=caller)
    parts.overview.changed()
    return Response(status_code=204)
