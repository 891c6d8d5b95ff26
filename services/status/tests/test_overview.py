"""Reading health: what whom is shown, and how old it may be."""

import orjson
import pytest

from medianest_common.contracts.status import IntegrationKind, ServiceHealth
from medianest_status.domain.integrations import Draft

from .support import Told, configurer
from .watched import CHANGED, CURRENT, Watched

UP, DEGRADED, DOWN = ServiceHealth.UP, ServiceHealth.DEGRADED, ServiceHealth.DOWN
MAINTENANCE, UNKNOWN = ServiceHealth.MAINTENANCE, ServiceHealth.UNKNOWN


class TestOverview:
    async def test_keeps_private_services_from_users(self, watched: Watched, told: Told) -> None:
        draft = Draft(IntegrationKind.HTTP, "http://127.0.0.1:9", name="Vault", private=True)
        await watched.integrations.create(draft, by=configurer(), force=True)
        await told.forget()
        await watched.see(vault=UP)
        assert "vault" in await watched.rows(private=True)
        assert "vault" not in await watched.rows(private=False)
        assert (await told.rows(CHANGED))[0]["audience"] == ["role:admin"]
        assert [row["audience"] for row in await told.rows(f"{CURRENT}vault")] == [["role:admin"]]

    async def test_hides_private_services_in_incidents_of_others(self, watched: Watched) -> None:
        draft = Draft(IntegrationKind.HTTP, "http://127.0.0.1:9", name="Vault", private=True, depends_on="plex")
        await watched.integrations.create(draft, by=configurer(), force=True)
        await watched.see(plex=DOWN, vault=DOWN)
        for private, affected in ((True, ["vault"]), (False, [])):
            (found,), _ = await watched.incidents.page(service_id=None, limit=9, cursor=None, private=private)
            assert found.affected == affected

    async def test_is_stale_when_nobody_looks(self, watched: Watched) -> None:
        await watched.see(plex=UP)
        seen_at = watched.clock.now
        watched.clock.forward(minutes=10)
        whole = await watched.overview.compose(private=False)
        assert (whole["stale"], whole["as_of"]) == (True, seen_at)
        assert whole["headline"]["title"] == "We cannot see the services right now."

    @pytest.mark.parametrize(("span", "count"), [("24h", 288), ("7d", 224), ("30d", 240), ("90d", 270)])
    async def test_shows_history_in_at_most_three_hundred_buckets(
        self, watched: Watched, span: str, count: int
    ) -> None:
        for _ in range(4):
            await watched.see(12, plex=UP)
            watched.clock.forward(seconds=60)
        body = orjson.loads(await watched.overview.history("plex", span, private=False))
        assert len(body["buckets"]) == count
        assert [bucket["health"] for bucket in body["buckets"]].count("no_data") == count - 1
        last = next(bucket for bucket in body["buckets"] if bucket["health"] == "up")
        assert (last["response_ms"], last["uptime"], body["uptime"]) == (12, 1.0, 1.0)
