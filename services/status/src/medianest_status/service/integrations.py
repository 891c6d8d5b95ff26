"""Setting integrations: use cases of admins, each one transaction; calls to outside systems stay outside of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog

from medianest_common import inbox
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.status import IntegrationKind, ServiceHealth
from medianest_common.crypto import SealBroken
from medianest_common.tokens import Caller
from medianest_status.clients.examiner import Examiner
from medianest_status.domain.integrations import NAMES, Change, Draft, Integration, Target, identifier
from medianest_status.domain.probes import Examination
from medianest_status.errors import (
    IntegrationChangedMeanwhile,
    IntegrationExists,
    IntegrationInvalid,
    IntegrationTestFailed,
    IntegrationUnknown,
)
from medianest_status.models import ServiceConfig, ServiceStatus
from medianest_status.service import placing
from medianest_status.service.checking import changed_target, checked_url, refuse_privacy
from medianest_status.service.settling import begin, settle, shown
from medianest_status.service.telling import forget_settings, keep_settings, tell_settings
from medianest_status.service.vault import Vault
from medianest_status.service.work import NewWork, Work

_log = structlog.get_logger(__name__)


class IntegrationService:
    def __init__(self, work: NewWork, vault: Vault, examiner: Examiner, clock: Clock = utc_now) -> None:
        self._work = work
        self._vault = vault
        self._examiner = examiner
        self._clock = clock

    async def seed(self, drafts: Iterable[Draft]) -> None:
        """Put the first values of the settings in, once for ever: a removed integration does not come back by them."""
        for draft in drafts:
            async with self._work() as work:
                await self._seed(work, draft)

    async def _seed(self, work: Work, draft: Draft) -> None:
        name = draft.kind.value
        now = self._clock()
        values: dict[str, Any] = {
            "service_name": name,
            "kind": draft.kind.value,
            "display_name": NAMES[draft.kind],
            "service_url": checked_url(draft.url),
            "api_key": self._vault.seal(name, draft.secret) if draft.secret else None,
            "enabled": True,
            "private": False,
            "config_data": {},
            "updated_at": now,
            "version": 1,
        }
        if await work.integrations.insert_first(values):
            row = await work.integrations.find(name)
            assert row is not None  # noqa: S101 - inserted by the statement above
            await self._publish(work, row, now)
            _log.info("integration_seeded", integration=name)

    async def all(self) -> list[Integration]:
        async with self._work() as work:
            states = {state.service_name: state for state in await work.states.all()}
            return [_shown(row, states.get(row.service_name)) for row in await work.integrations.all()]

    async def one(self, integration_id: str) -> Integration:
        async with self._work() as work:
            row = await _found(work, integration_id)
            return _shown(row, await work.states.find(integration_id))

    async def targets(self) -> list[Target]:
        """What is to be probed, with its secrets; one whose secret does not open is probed without it."""
        async with self._work() as work:
            rows = await work.integrations.all()
        return [self._target(row) for row in rows if row.enabled]

    def _target(self, row: ServiceConfig) -> Target:
        try:
            secret = self._vault.open(row.service_name, row.api_key)
        except SealBroken:
            _log.error("integration_secret_does_not_open", integration=row.service_name)
            secret = None
        return Target(
            id=row.service_name,
            kind=IntegrationKind(row.kind),
            url=row.service_url,
            secret=secret,
            config=row.config_data,
            private=row.private,
            version=row.version,
        )

    async def examine(
        self, kind: IntegrationKind, url: str, secret: str | None, *, integration_id: str | None = None, by: Caller
    ) -> Examination:
        """Try settings without saving; without a secret the stored one, which goes to its own server alone."""
        target = Target(integration_id or "test", kind, checked_url(url), secret)
        if integration_id is not None:
            async with self._work() as work:
                row = await _found(work, integration_id)
            if IntegrationKind(row.kind) is not kind:
                raise IntegrationInvalid("The stored integration is of another kind.")
            target = changed_target(self._target(row), Change(url=url, secret=secret))
        async with self._work() as work:
            work.note_action(by, "integration.tested", target.id)
        return await self._examiner.look_once(target)

    async def create(self, draft: Draft, *, by: Caller, force: bool) -> Integration:
        """Save a new one after its test; raises IntegrationTestFailed, IntegrationExists or IntegrationInvalid."""
        name = identifier(draft)
        if name is None:
            raise IntegrationInvalid("Give the service a name, or an id of small letters, digits, - and _.")
        refuse_privacy(draft.kind, private=draft.private)
        target = Target(name, draft.kind, checked_url(draft.url), draft.secret)
        async with self._work() as work:
            if await work.integrations.find(name) is not None:
                raise IntegrationExists(f"There is an integration {name} already.")
        learned = await self._tested(target, force=force)
        async with self._work() as work:
            row = await self._place(work, name, draft, target, learned, by=by)
            work.note_action(by, "integration.created", name)
            state = await self._publish(work, row, self._clock())
            return _shown(row, state)

    async def _place(
        self, work: Work, name: str, draft: Draft, target: Target, learned: Mapping[str, str], *, by: Caller
    ) -> ServiceConfig:
        await work.states.lock()
        row = await work.integrations.find(name, removed=True, lock=True)
        if row is not None and row.deleted_at is None:
            raise IntegrationExists(f"There is an integration {name} already.")
        await placing.check_dependency(work, name, draft.depends_on)
        now = self._clock()
        if row is None:
            row = ServiceConfig(
                service_name=name,
                kind=draft.kind.value,
                display_name=name,
                service_url=target.url,
                updated_at=now,
                version=0,
            )
            work.integrations.add(row)
        row.deleted_at = None
        row.kind, row.service_url = draft.kind.value, target.url
        row.display_name = draft.name or NAMES.get(draft.kind) or name
        row.api_key = self._vault.seal(name, draft.secret) if draft.secret else None
        row.enabled, row.private, row.depends_on = draft.enabled, draft.private, draft.depends_on or None
        row.config_data = dict(learned)
        await _sign(work, row, by, now)
        return row

    async def update(self, integration_id: str, change: Change, *, by: Caller, force: bool) -> Integration:
        """Change what is given, tested first where it matters; raises IntegrationChangedMeanwhile on a lost race."""
        async with self._work() as work:
            row = await _found(work, integration_id)
        if change.version not in (None, row.version):
            raise IntegrationChangedMeanwhile("Somebody changed it meanwhile. Read it again.")
        refuse_privacy(IntegrationKind(row.kind), private=bool(change.private))
        before = self._target(row)
        target = changed_target(before, change)
        learned: Mapping[str, str] = row.config_data
        if change.secret is not None or target.url != before.url or (change.enabled and not row.enabled):
            learned = await self._tested(target, force=force)
        return await self._save(row, change, target, learned, by=by)

    async def _save(
        self, seen: ServiceConfig, change: Change, target: Target, learned: Mapping[str, str], *, by: Caller
    ) -> Integration:
        async with self._work() as work:
            await work.states.lock()
            row = await work.integrations.find(seen.service_name, lock=True)
            if row is None or row.version != seen.version:
                raise IntegrationChangedMeanwhile("Somebody changed it meanwhile. Read it again.")
            if change.depends_on is not None:
                await placing.check_dependency(work, row.service_name, change.depends_on)
                row.depends_on = change.depends_on or None
            work.note_action(by, "integration.changed", row.service_name)
            row.display_name = change.name or row.display_name
            row.service_url = target.url
            row.enabled = row.enabled if change.enabled is None else change.enabled
            row.private = row.private if change.private is None else change.private
            if change.secret is not None:
                row.api_key = self._vault.seal(row.service_name, change.secret)
            row.config_data = dict(learned)
            await _sign(work, row, by, self._clock())
            return _shown(row, await self._publish(work, row, self._clock()))

    async def delete(self, integration_id: str, *, by: Caller) -> None:
        """Forget the key and the current state, and tell everybody."""
        async with self._work() as work:
            rows = await begin(work)
            before = {name: shown(row) for name, row in rows.items()}
            row = await _found(work, integration_id, lock=True)
            row.deleted_at, row.api_key, row.config_data = self._clock(), None, {}
            await _sign(work, row, by, self._clock())
            work.note_action(by, "integration.deleted", integration_id)
            placing.take_away(work, rows, row, self._clock())
            forget_settings(work, row)
            tell_settings(work, row)
            await settle(work, before, self._clock())

    async def learn(self, target: Target, learned: Mapping[str, str]) -> None:
        """Keep what a service's own answers say about it, unless it was set anew since it was asked."""
        async with self._work() as work:
            row = await work.integrations.find(target.id, lock=True)
            if row is None or row.version != target.version:
                return
            row.config_data = {**row.config_data, **learned}
            row.version += 1
            keep_settings(work, row, self._vault)
            tell_settings(work, row)

    async def reseal(self) -> int:
        """Seal every secret under the newest key; the number that was not yet."""
        async with self._work() as work:
            old = [
                row for row in await work.integrations.all() if row.api_key and not self._vault.is_current(row.api_key)
            ]
            for row in old:
                secret = self._vault.open(row.service_name, row.api_key)
                row.api_key = self._vault.seal(row.service_name, secret) if secret else None
        return len(old)

    async def _tested(self, target: Target, *, force: bool) -> Mapping[str, str]:
        found = await self._examiner.look_once(target)
        if not found.passed and not force:
            failed = next(step for step in found.steps if not step.ok)
            raise IntegrationTestFailed(
                f"{failed.label}: no. {failed.detail or ''} {failed.fix or ''}".strip(),
                steps=[
                    {"name": s.name, "label": s.label, "ok": s.ok, "detail": s.detail, "fix": s.fix}
                    for s in found.steps
                ],
            )
        return found.learned

    async def _publish(self, work: Work, row: ServiceConfig, now: datetime) -> ServiceStatus | None:
        keep_settings(work, row, self._vault)
        tell_settings(work, row)
        return await placing.place(work, row, now)


async def _found(work: Work, integration_id: str, *, lock: bool = False) -> ServiceConfig:
    row = await work.integrations.find(integration_id, lock=lock)
    if row is None:
        raise IntegrationUnknown("There is no integration of this id.")
    return row


async def _sign(work: Work, row: ServiceConfig, by: Caller, now: datetime) -> None:
    row.version += 1
    row.updated_at = now
    row.updated_by = None if await inbox.is_erased(work.session, by.user_id) else by.user_id


def _shown(row: ServiceConfig, state: ServiceStatus | None) -> Integration:
    return Integration(
        id=row.service_name,
        kind=IntegrationKind(row.kind),
        name=row.display_name,
        url=row.service_url,
        enabled=row.enabled,
        private=row.private,
        depends_on=row.depends_on,
        has_secret=row.api_key is not None,
        config=row.config_data,
        health=ServiceHealth(state.status) if state is not None else ServiceHealth.UNKNOWN,
        message=state.error_message if state is not None else None,
        updated_at=row.updated_at,
        version=row.version,
    )
