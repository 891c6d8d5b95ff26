"""Uptime Kuma's webhook: it says less than its metrics do, so all it does is have them read again."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Header, Response

from medianest_common.errors import Unauthenticated
from medianest_common.refusals import may_answer
from medianest_status.api.dependencies import PartsDep
from medianest_status.errors import WebhookRefused

router = APIRouter(tags=["webhooks"])


@router.post("/webhooks/uptime-kuma", status_code=204, responses=may_answer(Unauthenticated))
async def receive_uptime_kuma_webhook(
    parts: PartsDep, authorization: Annotated[str | None, Header(max_length=500)] = None
) -> Response:
    """Takes any body, also that of a test message; a repeated one does no harm."""
    expected = parts.kuma_secret
    if expected is None or not hmac.compare_digest((authorization or "").encode(), expected.encode()):
        raise WebhookRefused("The header `Authorization` does not hold the secret that was agreed.")
    await parts.nudges.give()
    return Response(status_code=204)
