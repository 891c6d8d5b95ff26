"""The HTTP bodies of this service; additive within /api/v1."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from medianest_auth.domain import Admission, PinForm, PinStatus, SuspendedBecause, is_own_path
from medianest_common.contracts.auth import UserStatus
from medianest_common.contracts.permissions import Permission, Role


def _own_path(value: str) -> str:
    if not is_own_path(value):
        raise ValueError("must be a path of this site, such as /welcome")
    return value


OwnPath = Annotated[str, Field(max_length=500), AfterValidator(_own_path)]
Username = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$")]
SHORTEST_PASSWORD = 12
NewPassword = Annotated[SecretStr, Field(min_length=SHORTEST_PASSWORD, max_length=256)]
Quota = Annotated[int, Field(ge=0, le=10_000)]
QuotaBytes = Annotated[int, Field(ge=0, le=2**53)]


class Body(BaseModel):
    """What is sent to us: a field we do not know is a mistake, not a wish granted in silence."""

    model_config = ConfigDict(extra="forbid")


class PinCreate(Body):
    form: PinForm = PinForm.CODE
    forward_url: OwnPath | None = Field(
        None, description="Where app.plex.tv sends the browser afterwards: our own path"
    )
    invitation: str | None = Field(None, max_length=100, description="The secret of an invitation link")
    link: bool = Field(default=False, description="Link Plex with the signed-in account instead of signing in")


class PinRead(BaseModel):
    id: UUID
    code: str | None = Field(description="What to type at plex.tv/link; null in the redirect form")
    auth_url: str
    qr_url: str
    expires_at: datetime


class PinStatusRead(BaseModel):
    status: PinStatus
    reason: str | None = None


class SetupRead(BaseModel):
    needed: bool
    local_sign_in: bool
    server_name: str | None = None


class SetupCreate(Body):
    code: SecretStr = Field(min_length=1, max_length=100)
    username: Username
    password: NewPassword


class LoginCreate(Body):
    username: str = Field(min_length=1, max_length=64)
    password: SecretStr = Field(min_length=1, max_length=256)


class PasswordUpdate(Body):
    current_password: SecretStr = Field(min_length=1, max_length=256)
    new_password: NewPassword


class SessionIssued(BaseModel):
    expires_at: datetime = Field(description="When the access token ends; the session goes on by refreshing")


class LogoutCreate(Body):
    everywhere: bool = False


class SwitchesRead(BaseModel):
    auto_approve: bool
    downloads_need_approval: bool


class MeRead(BaseModel):
    id: UUID
    username: str
    role: Role
    permissions: list[Permission]
    plex_linked: bool
    status: UserStatus
    csrf_required: Literal[True] = True
    switches: SwitchesRead
    created_at: datetime
    avatar: str | None = None


class SessionRead(BaseModel):
    id: UUID
    device: str
    created_at: datetime
    last_used_at: datetime
    current: bool


class SessionList(BaseModel):
    items: list[SessionRead]
    next_cursor: str | None = None


class JwkRead(BaseModel):
    kty: str
    crv: str
    x: str
    kid: str
    alg: str
    use: str


class JwksRead(BaseModel):
    keys: list[JwkRead]


class ApiTokenCreate(Body):
    name: str = Field(min_length=1, max_length=100)
    permissions: list[Permission] = Field(min_length=1)
    expires_in_days: int = Field(90, ge=1, le=366)


class ApiTokenRead(BaseModel):
    id: UUID
    name: str
    permissions: list[Permission]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class ApiTokenCreated(ApiTokenRead):
    token: str = Field(description="Shown this once; only its hash is kept")


class ApiTokenList(BaseModel):
    items: list[ApiTokenRead]
    next_cursor: str | None = None


class QuotasRead(BaseModel):
    movie_quota: int | None
    series_quota: int | None
    download_quota_bytes: int | None


class UserRead(BaseModel):
    id: UUID
    username: str
    role: Role
    status: UserStatus
    suspended_because: SuspendedBecause | None
    plex_linked: bool
    local_sign_in: bool
    avatar: str | None
    switches: SwitchesRead
    quotas: QuotasRead
    created_at: datetime
    last_login_at: datetime | None
    version: int


class UserList(BaseModel):
    items: list[UserRead]
    next_cursor: str | None = None


class UserUpdate(Body):
    """What is left out stays; a quota of null means the suite's default."""

    role: Role | None = None
    suspended: bool | None = None
    auto_approve: bool | None = None
    downloads_need_approval: bool | None = None
    movie_quota: Quota | None = None
    series_quota: Quota | None = None
    download_quota_bytes: QuotaBytes | None = None


class UsersImported(BaseModel):
    created: int
    known: int


class ErasureRead(BaseModel):
    user_id: UUID
    requested_at: datetime
    missing: list[str] = Field(description="Who has not said yet that nothing is left")
    completed_at: datetime | None


class ErasureList(BaseModel):
    items: list[ErasureRead]
    next_cursor: str | None = None


class InvitationCreate(Body):
    note: str | None = Field(None, max_length=200)
    expires_in_days: int = Field(7, ge=1, le=90)


class InvitationRead(BaseModel):
    id: UUID
    note: str | None
    created_at: datetime
    expires_at: datetime
    used_by: UUID | None
    used_at: datetime | None


class InvitationCreated(InvitationRead):
    url: str = Field(description="The link to hand out; shown this once")


class InvitationList(BaseModel):
    items: list[InvitationRead]
    next_cursor: str | None = None


class PolicyRead(BaseModel):
    admission: Admission
    local_sign_in: bool
    version: int


class PolicyUpdate(Body):
    admission: Admission | None = None
    local_sign_in: bool | None = None


class AuditRead(BaseModel):
    id: UUID
    at: datetime
    actor: str
    action: str
    target: str | None
    address: str | None
    detail: dict[str, str | int | bool | None]


class AuditList(BaseModel):
    items: list[AuditRead]
    next_cursor: str | None = None


class PlexTokenRead(BaseModel):
    plex_id: str
    token: str
    server_token: str | None
    machine_identifier: str | None


class ExchangeCreate(Body):
    token: SecretStr


class ExchangeRead(BaseModel):
    access_token: str
    expires_at: datetime
