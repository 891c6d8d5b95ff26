"""What others are told of a row: its value in a bucket, and the fact that it changed."""

from medianest_common.contracts.envelope import ADMINS, EVERYBODY
from medianest_common.contracts.status import (
    IntegrationChanged,
    IntegrationKind,
    IntegrationSettings,
    ServiceHealth,
    ServiceState,
    ServiceStateChanged,
)
from medianest_common.contracts.streams import INTEGRATIONS, STATUS_CURRENT
from medianest_status.models import ServiceConfig, ServiceStatus
from medianest_status.service.vault import Vault
from medianest_status.service.work import Work


def audience(*, private: bool) -> tuple[str, ...]:
    return (ADMINS,) if private else (EVERYBODY,)


def keep_state(work: Work, row: ServiceStatus) -> None:
    """Put the row's state into the bucket of current states."""
    state = ServiceState(
        audience=audience(private=row.private),
        version=row.version,
        service_id=row.service_name,
        name=row.display_name,
        kind=IntegrationKind(row.kind),
        health=ServiceHealth(row.status),
        since=row.since,
        checked_at=row.last_check_at,
        response_ms=row.response_time_ms,
        message=row.error_message,
        behind=row.behind,
        uptime_30d=None if row.uptime_percentage is None else float(row.uptime_percentage) / 100,
        incident_id=row.incident_id,
    )
    work.outbox.keep(STATUS_CURRENT, row.service_name, state)


def tell_change(work: Work, row: ServiceStatus, previous: str) -> None:
    work.outbox.add(
        ServiceStateChanged(
            audience=audience(private=row.private),
            version=row.version,
            service_id=row.service_name,
            kind=IntegrationKind(row.kind),
            health=ServiceHealth(row.status),
            previous=ServiceHealth(previous),
            since=row.since,
        )
    )


def forget_state(work: Work, row: ServiceStatus) -> None:
    work.outbox.forget(STATUS_CURRENT, row.service_name)


def keep_settings(work: Work, row: ServiceConfig, vault: Vault) -> None:
    """Put the settings into the watched bucket, with the secret sealed for each reader."""
    kind = IntegrationKind(row.kind)
    settings = IntegrationSettings(
        version=row.version,
        integration_id=row.service_name,
        kind=kind,
        name=row.display_name,
        url=row.service_url,
        enabled=row.enabled,
        config=row.config_data,
        sealed=vault.for_readers(row.service_name, kind, row.api_key),
    )
    work.outbox.keep(INTEGRATIONS, row.service_name, settings)


def tell_settings(work: Work, row: ServiceConfig) -> None:
    work.outbox.add(
        IntegrationChanged(
            audience=(ADMINS,),
            version=row.version,
            integration_id=row.service_name,
            kind=IntegrationKind(row.kind),
            enabled=row.enabled and row.deleted_at is None,
        )
    )


def forget_settings(work: Work, row: ServiceConfig) -> None:
    work.outbox.forget(INTEGRATIONS, row.service_name)
