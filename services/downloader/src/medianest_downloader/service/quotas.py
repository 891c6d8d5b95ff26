"""How much a user keeps and may keep."""

from uuid import UUID

from medianest_downloader.repository.work import Work
from medianest_downloader.schemas import DownloadQuota


class Quotas:
    def __init__(self, default_bytes: int) -> None:
        self._default = default_bytes

    async def of(self, work: Work, user_id: UUID) -> DownloadQuota:
        """Used and allowed, in bytes."""
        user = await work.users.get(user_id)
        limit = user.quota_bytes if user is not None and user.quota_bytes is not None else self._default
        return DownloadQuota(used=await work.scheduling.used_bytes(user_id), limit=limit)
