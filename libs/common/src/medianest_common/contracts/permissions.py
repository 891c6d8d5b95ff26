"""Roles and the permissions behind them; one permission guards one group of actions."""

from enum import StrEnum


class Role(StrEnum):
    USER = "user"
    ADMIN = "admin"


class Permission(StrEnum):
    DASHBOARD_READ = "dashboard:read"
    MEDIA_SEARCH = "media:search"
    MEDIA_REQUEST = "media:request"
    YOUTUBE_DOWNLOAD = "youtube:download"
    PROFILE_READ = "profile:read"
    PROFILE_WRITE = "profile:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    USERS_DELETE = "users:delete"
    SERVICES_CONFIGURE = "services:configure"
    SYSTEM_MANAGE = "system:manage"
    LOGS_READ = "logs:read"


_USER = frozenset(
    {
        Permission.DASHBOARD_READ,
        Permission.MEDIA_SEARCH,
        Permission.MEDIA_REQUEST,
        Permission.YOUTUBE_DOWNLOAD,
        Permission.PROFILE_READ,
        Permission.PROFILE_WRITE,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {Role.USER: _USER, Role.ADMIN: frozenset(Permission)}
