"""What this service hears: users who leave, and Overseerr coming back."""

from faststream.nats.annotations import NatsMessage

from medianest_common.consuming import parse_event
from medianest_common.contracts.auth import UserDeleted
from medianest_common.contracts.status import IntegrationKind, ServiceHealth, ServiceStateChanged
from medianest_common.contracts.streams import REQUESTS_FOLLOW_STATUS, REQUESTS_FOLLOW_USERS
from medianest_common.runtime import Runtime
from medianest_requests.service import Services

_WORKS = (ServiceHealth.UP, ServiceHealth.DEGRADED)


def register(runtime: Runtime, services: Services) -> None:
    """Subscribe the handlers; before the runtime starts."""

    @runtime.durable(REQUESTS_FOLLOW_USERS)
    async def follow_users(message: NatsMessage) -> None:
        """Other changes of users are read from their bucket."""
        event = parse_event(message, UserDeleted)
        if isinstance(event, UserDeleted):
            await services.leaving.deleted(event.event_id, event.user_id, event.version)

    @runtime.durable(REQUESTS_FOLLOW_STATUS)
    async def follow_status(message: NatsMessage) -> None:
        event = parse_event(message, ServiceStateChanged)
        if isinstance(event, ServiceStateChanged) and _says_overseerr_is_back(event):
            await services.returning.overseerr_is_back()


def _says_overseerr_is_back(event: ServiceStateChanged) -> bool:
    return event.kind is IntegrationKind.OVERSEERR and event.health in _WORKS and event.previous not in _WORKS
