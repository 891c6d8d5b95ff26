"""From rows to bodies."""

from collections.abc import Sequence

from medianest_auth.models import ApiToken, AuditEntry, Invitation, Policy, Session, User
from medianest_auth.schemas import (
    ApiTokenRead,
    AuditRead,
    InvitationRead,
    MeRead,
    PolicyRead,
    QuotasRead,
    SessionList,
    SessionRead,
    SwitchesRead,
    UserRead,
)
from medianest_auth.service.sessions import Identity
from medianest_common.contracts.permissions import Permission


def _switches(user: User) -> SwitchesRead:
    return SwitchesRead(auto_approve=user.auto_approve, downloads_need_approval=user.downloads_need_approval)


def me(identity: Identity) -> MeRead:
    user = identity.user
    return MeRead(
        id=user.id,
        username=user.name,
        role=user.role,
        permissions=sorted(identity.permissions),
        plex_linked=user.plex_id is not None,
        status=user.status,
        switches=_switches(user),
        created_at=user.created_at,
        avatar=user.avatar,
    )


def sessions(found: Sequence[Session], current: Session | None) -> SessionList:
    return SessionList(
        items=[
            SessionRead(
                id=session.id,
                device=session.device,
                created_at=session.created_at,
                last_used_at=session.last_used_at,
                current=current is not None and session.id == current.id,
            )
            for session in found
        ]
    )


def api_token(token: ApiToken) -> ApiTokenRead:
    return ApiTokenRead(
        id=token.id,
        name=token.name,
        permissions=[Permission(name) for name in token.scope.split()],
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )


def user(row: User) -> UserRead:
    return UserRead(
        id=row.id,
        username=row.name,
        role=row.role,
        status=row.status,
        suspended_because=row.suspended_because,
        plex_linked=row.plex_id is not None,
        local_sign_in=row.password_hash is not None,
        avatar=row.avatar,
        switches=_switches(row),
        quotas=QuotasRead(
            movie_quota=row.movie_quota,
            series_quota=row.series_quota,
            download_quota_bytes=row.download_quota_bytes,
        ),
        created_at=row.created_at,
        last_login_at=row.last_login_at,
        version=row.version,
    )


def invitation(row: Invitation) -> InvitationRead:
    return InvitationRead.model_validate(row, from_attributes=True)


def policy(row: Policy) -> PolicyRead:
    return PolicyRead.model_validate(row, from_attributes=True)


def audit_entry(row: AuditEntry) -> AuditRead:
    return AuditRead.model_validate(row, from_attributes=True)
