"""The unit of work with this service's repositories."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func
from sqlmodel import select

from medianest_common.db import UnitOfWork
from medianest_downloader.repository.downloads import DownloadRows
from medianest_downloader.repository.follows import FollowRows
from medianest_downloader.repository.items import ItemRows
from medianest_downloader.repository.lanes import LaneRows
from medianest_downloader.repository.scheduling import SchedulingRows
from medianest_downloader.repository.users import UserRows


class Work(UnitOfWork):
    def open(self) -> None:
        self.downloads = DownloadRows(self.session)
        self.follows = FollowRows(self.session)
        self.items = ItemRows(self.session)
        self.lanes = LaneRows(self.session)
        self.scheduling = SchedulingRows(self.session)
        self.users = UserRows(self.session)

    async def of_one_moment(self) -> None:
        """Have everything that is read here stand as it did at one moment; before the first statement."""
        await self.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})

    async def now(self) -> datetime:
        """The database's time at the beginning of this transaction: the only clock leases and due times go by."""
        return (await self.session.exec(select(func.now()))).one()


OpenWork = Callable[[], Work]
