"""Every SQL statement of the status service."""

from medianest_status.repository.history import HistoryRepository
from medianest_status.repository.incidents import IncidentRepository, MaintenanceRepository
from medianest_status.repository.integrations import IntegrationRepository
from medianest_status.repository.lanes import LaneRepository
from medianest_status.repository.lease import LeaseRepository
from medianest_status.repository.states import StateRepository
from medianest_status.repository.users import UserRepository

__all__ = [
    "HistoryRepository",
    "IncidentRepository",
    "IntegrationRepository",
    "LaneRepository",
    "LeaseRepository",
    "MaintenanceRepository",
    "StateRepository",
    "UserRepository",
]
