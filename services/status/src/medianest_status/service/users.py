"""Forgetting a user: the few places that name one, and the answer that it is done."""

from medianest_common import inbox
from medianest_common.contracts.auth import UserDeleted
from medianest_common.contracts.envelope import ADMINS
from medianest_common.contracts.status import StatusUserErased
from medianest_status.service.work import NewWork

_CONSUMER = "status-follow-users"


class UserService:
    def __init__(self, work: NewWork) -> None:
        self._work = work

    async def forget(self, event: UserDeleted) -> None:
        """Write down first that the user is gone, so that nothing late names them again; answer each asking once."""
        async with self._work() as work:
            if not await inbox.claim(work.session, _CONSUMER, event.event_id):
                return
            await inbox.mark_erased(work.session, event.user_id)
            await work.users.forget(event.user_id)
            work.outbox.add(StatusUserErased(audience=(ADMINS,), version=event.version, user_id=event.user_id))
