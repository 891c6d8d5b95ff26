"""Durable consumers: each parses a fact, calls one use case, and is settled by the kit."""

from faststream.nats.annotations import NatsMessage

from medianest_common.consuming import parse_event
from medianest_common.contracts.auth import UserDeleted
from medianest_common.contracts.downloads import LanePaused, LaneResumed
from medianest_common.contracts.streams import STATUS_FOLLOW_LANES, STATUS_FOLLOW_USERS
from medianest_common.runtime import Runtime
from medianest_status.service.lanes import LaneService
from medianest_status.service.users import UserService


def register(runtime: Runtime, users: UserService, lanes: LaneService) -> None:
    """Subscribe to the durables; before the runtime starts."""

    @runtime.durable(STATUS_FOLLOW_USERS)
    async def follow_users(message: NatsMessage) -> None:
        event = parse_event(message, UserDeleted)
        if isinstance(event, UserDeleted):
            await users.forget(event)

    @runtime.durable(STATUS_FOLLOW_LANES)
    async def follow_lanes(message: NatsMessage) -> None:
        event = parse_event(message, LanePaused, LaneResumed)
        if isinstance(event, LanePaused | LaneResumed):
            await lanes.follow(event)
