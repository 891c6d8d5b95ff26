"""One transaction of the status service: its repositories, and the facts that commit with the rows."""

from collections.abc import Callable

from medianest_common.db import UnitOfWork
from medianest_status.repository import (
    HistoryRepository,
    IncidentRepository,
    IntegrationRepository,
    LaneRepository,
    LeaseRepository,
    MaintenanceRepository,
    StateRepository,
    UserRepository,
)


class Work(UnitOfWork):
    integrations: IntegrationRepository
    states: StateRepository
    history: HistoryRepository
    incidents: IncidentRepository
    maintenance: MaintenanceRepository
    lanes: LaneRepository
    lease: LeaseRepository
    users: UserRepository

    def open(self) -> None:
        self.integrations = IntegrationRepository(self.session)
        self.states = StateRepository(self.session)
        self.history = HistoryRepository(self.session)
        self.incidents = IncidentRepository(self.session)
        self.maintenance = MaintenanceRepository(self.session)
        self.lanes = LaneRepository(self.session)
        self.lease = LeaseRepository(self.session)
        self.users = UserRepository(self.session)


NewWork = Callable[[], Work]
