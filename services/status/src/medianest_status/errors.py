"""What the status service refuses, in words for a person."""

from medianest_common.errors import Conflict, Invalid, NotFound, Unauthenticated


class ServiceUnknown(NotFound):
    code = "SERVICE_UNKNOWN"
    title = "No such service"


class IntegrationUnknown(NotFound):
    code = "INTEGRATION_UNKNOWN"
    title = "No such integration"


class IntegrationExists(Conflict):
    code = "INTEGRATION_EXISTS"
    title = "Already there"


class IntegrationChangedMeanwhile(Conflict):
    code = "INTEGRATION_CHANGED_MEANWHILE"
    title = "Changed by somebody else"


class IntegrationInvalid(Invalid):
    code = "INTEGRATION_INVALID"
    title = "These settings cannot be used"


class IntegrationTestFailed(Invalid):
    """`extra["steps"]` says what was tried, what failed and how to mend it."""

    code = "INTEGRATION_TEST_FAILED"
    title = "The test before saving failed"


class IncidentUnknown(NotFound):
    code = "INCIDENT_UNKNOWN"
    title = "No such incident"


class MaintenanceUnknown(NotFound):
    code = "MAINTENANCE_UNKNOWN"
    title = "No such maintenance window"


class WebhookRefused(Unauthenticated):
    code = "WEBHOOK_REFUSED"
    title = "The webhook's secret is not right"
