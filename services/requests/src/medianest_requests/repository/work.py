"""One transaction over this service's tables."""

from collections.abc import Callable

from medianest_common.db import UnitOfWork
from medianest_requests.repository.receipts import ReceiptRepository
from medianest_requests.repository.requests import RequestRepository
from medianest_requests.repository.users import UserRepository


class Work(UnitOfWork):
    def open(self) -> None:
        self.requests = RequestRepository(self.session)
        self.receipts = ReceiptRepository(self.session)
        self.users = UserRepository(self.session)


NewWork = Callable[[], Work]
