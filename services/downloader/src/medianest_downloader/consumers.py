"""What the downloader hears from others."""

from faststream.nats.annotations import NatsMessage

from medianest_common.consuming import parse_event
from medianest_common.contracts.auth import UserChanged, UserDeleted
from medianest_common.contracts.streams import DOWNLOADER_FOLLOW_USERS
from medianest_common.runtime import Runtime
from medianest_downloader.service.users import Users


def register(runtime: Runtime, users: Users) -> None:
    """Subscribe the handlers; before the runtime starts."""

    @runtime.durable(DOWNLOADER_FOLLOW_USERS)
    async def follow_users(message: NatsMessage) -> None:
        event = parse_event(message, UserChanged, UserDeleted)
        if isinstance(event, UserDeleted):
            await users.deleted(event)
        elif isinstance(event, UserChanged):
            await users.changed(event)
