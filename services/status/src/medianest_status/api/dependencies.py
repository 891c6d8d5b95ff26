"""What the routes are given: the parts made by the composition root, and callers with the right permission."""

from typing import Annotated

from fastapi import Depends, Request

from medianest_common.contracts.permissions import Permission
from medianest_common.tokens import Caller
from medianest_common.web import caller_with
from medianest_status.service import Parts


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(_parts)]
Reader = Annotated[Caller, Depends(caller_with(Permission.DASHBOARD_READ))]
Configurer = Annotated[Caller, Depends(caller_with(Permission.SERVICES_CONFIGURE))]


def sees_private(caller: Caller) -> bool:
    """Whether services kept to admins are shown to this caller."""
    return caller.is_admin
