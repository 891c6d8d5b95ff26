"""What this service hears: that a domain holds nothing of a deleted user any more, and what administrators do."""

from faststream.nats.annotations import NatsMessage

from medianest_auth.service import Services
from medianest_common.consuming import parse_event
from medianest_common.contracts.auth import NoteAction, UserErased
from medianest_common.contracts.downloads import DownloadsUserErased
from medianest_common.contracts.requests import RequestsUserErased
from medianest_common.contracts.status import StatusUserErased
from medianest_common.contracts.streams import AUTH_COLLECT_ERASED, AUTH_NOTE_ACTIONS
from medianest_common.runtime import Runtime


def subscribe(runtime: Runtime, services: Services) -> None:
    """Register the handlers; before the runtime starts."""

    @runtime.durable(AUTH_COLLECT_ERASED)
    async def collect_erased(message: NatsMessage) -> None:
        event = parse_event(message, RequestsUserErased, DownloadsUserErased, StatusUserErased)
        if isinstance(event, UserErased):
            await services.erasures.collect(event)

    @runtime.durable(AUTH_NOTE_ACTIONS)
    async def note_actions(message: NatsMessage) -> None:
        await services.audit.hear(NoteAction.model_validate_json(message.body))
