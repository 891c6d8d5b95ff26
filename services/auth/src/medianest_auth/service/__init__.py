"""The use cases of this service; `Services` is what routes and consumers are given."""

from dataclasses import dataclass

from medianest_auth.service.api_tokens import ApiTokenService
from medianest_auth.service.audit import AuditLog
from medianest_auth.service.erasure import Erasures
from medianest_auth.service.local import LocalAccounts
from medianest_auth.service.pin_poller import PinPoller
from medianest_auth.service.plex_server import PlexServer
from medianest_auth.service.plex_sign_in import PlexSignIn
from medianest_auth.service.plex_tokens import PlexTokens
from medianest_auth.service.policies import Invitations, Policies
from medianest_auth.service.sessions import Sessions
from medianest_auth.service.signing import Keys
from medianest_auth.service.sweep import AccessSweep
from medianest_auth.service.upkeep import Upkeep
from medianest_auth.service.users import UserAdministration


@dataclass(frozen=True)
class Services:
    keys: Keys
    sessions: Sessions
    plex_sign_in: PlexSignIn
    poller: PinPoller
    plex_server: PlexServer
    plex_tokens: PlexTokens
    local: LocalAccounts
    api_tokens: ApiTokenService
    users: UserAdministration
    erasures: Erasures
    policies: Policies
    invitations: Invitations
    audit: AuditLog
    sweep: AccessSweep
    upkeep: Upkeep


__all__ = ["Services"]
