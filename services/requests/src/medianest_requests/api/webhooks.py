"""Where Overseerr tells that something changed: a hint and no more, for its body proves nothing."""

from typing import Annotated

from fastapi import APIRouter, Body, Header, status
from pydantic import BaseModel, ConfigDict, JsonValue

from medianest_common.errors import Forbidden
from medianest_common.refusals import may_answer
from medianest_requests.api.dependencies import ServicesDep

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])


class OverseerrWebhook(BaseModel):
    """The owner may have edited the template in Overseerr, so every part may be missing or of another form."""

    model_config = ConfigDict(extra="ignore")

    notification_type: JsonValue = None
    request: JsonValue = None

    @property
    def kind(self) -> str:
        return self.notification_type[:50] if isinstance(self.notification_type, str) else ""

    @property
    def request_id(self) -> int | None:
        """Overseerr's number of the request it speaks of; all its values are texts."""
        given = self.request.get("request_id") if isinstance(self.request, dict) else None
        return (
            int(given) if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 10 else None
        )


@router.post("/overseerr", status_code=status.HTTP_204_NO_CONTENT, responses=may_answer(Forbidden))
async def receive_overseerr_webhook(
    body: Annotated[OverseerrWebhook, Body()],
    services: ServicesDep,
    authorization: Annotated[str | None, Header()] = None,
) -> None:
    """Note the hint; what it is about is read from Overseerr itself, soon after."""
    services.webhooks.check_secret(authorization)
    await services.webhooks.receive(body.kind, body.request_id)
