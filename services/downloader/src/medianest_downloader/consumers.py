"""What the downloader hears from others."""

from faststream.nats.annotations import NatsMessage

from medianest_common.consuming import parse_event
from medianest_common.contracts.auth import UserChanged, UserDeleted
from medianest_common.contracts.streams import DOWNLOAD_COMMANDS, DOWNLOADER_FOLLOW_USERS, dead_letter_subject
from medianest_common.dead_letters import Letter
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

    async def hand_out_again(letter: Letter) -> None:
        """The workers' letters are looked after here, since a worker has no door."""
        stream = runtime.client.jetstream(timeout=5)
        await stream.publish(letter.subject, letter.body, stream=DOWNLOAD_COMMANDS.name)

    runtime.dead_letters.take(dead_letter_subject(DOWNLOAD_COMMANDS.name, "*"), hand_out_again)
