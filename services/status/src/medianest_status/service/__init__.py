"""The use cases of the status service."""

from dataclasses import dataclass

from medianest_status.service.incidents import IncidentService, MaintenanceService
from medianest_status.service.integrations import IntegrationService
from medianest_status.service.nudges import Nudges
from medianest_status.service.overview import Overview
from medianest_status.service.public import PublicPage


@dataclass(frozen=True)
class Parts:
    """What the routes call."""

    overview: Overview
    public: PublicPage
    integrations: IntegrationService
    incidents: IncidentService
    maintenance: MaintenanceService
    nudges: Nudges
    kuma_secret: str | None
