"""Who looks, and how often: the lease, the pace, the budget of Uptime Kuma's metrics."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest_asyncio
from sqlalchemy import text

from medianest_common.contracts.status import IntegrationKind, ServiceHealth
from medianest_common.crypto import Sealer, new_key
from medianest_status.clients.examiner import Examiner
from medianest_status.domain.integrations import Draft, Target
from medianest_status.domain.probes import Judge
from medianest_status.service.integrations import IntegrationService
from medianest_status.service.nudges import Nudges
from medianest_status.service.probing import Prober
from medianest_status.service.vault import Vault
from medianest_status.service.verdicts import Verdicts
from medianest_status.service.watching import Budget, KumaWatch
from medianest_status.service.work import NewWork

from .support import SEALING, Told, configurer, eventually

Replica = Callable[[], Prober]
KUMA = IntegrationKind.UPTIME_KUMA
EMPTY = "# TYPE monitor_status gauge\n"


class FakeKuma:
    """Answers as told, and counts what its metrics were asked."""

    def __init__(self) -> None:
        self.metrics: list[int] = []
        self.status = 200

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/entry-page"):
            return httpx2.Response(200, json={"type": "entryPage", "entryPage": "dashboard"})
        self.metrics.append(self.status)
        return httpx2.Response(self.status, text=EMPTY)


@pytest_asyncio.fixture
async def kuma(new_work: NewWork) -> FakeKuma:
    return FakeKuma()


@pytest_asyncio.fixture
async def replica(new_work: NewWork, told: Told, kuma: FakeKuma) -> AsyncIterator[Replica]:
    """`replica()` is another process's prober on the same tables."""
    examiner = Examiner(deadline=1, slow_after_ms=1_000, transport=lambda: httpx2.MockTransport(kuma))
    integrations = IntegrationService(new_work, Vault(Sealer(SEALING), {}), examiner)
    await integrations.seed([Draft(KUMA, "http://kuma:3001", secret="uk1")])
    made: list[Prober] = []

    def make() -> Prober:
        verdicts = Verdicts(new_work, told.live, longest_gap=150)
        made.append(Prober(new_work, integrations, verdicts, examiner, Nudges(new_work), interval=0.5))
        return made[-1]

    yield make
    for prober in made:
        await prober._give_up()


class TestLease:
    async def test_lets_one_replica_look_and_another_when_it_is_gone(self, replica: Replica, told: Told) -> None:
        first, second = replica(), replica()
        await first.turn()
        await second.turn()
        assert (first.at_work, second.at_work) == (True, False)
        async with told.engine.begin() as db:
            await db.execute(text("update probe_lease set until = now() - interval '1 second'"))
        await second.turn()
        await first.turn()
        assert (first.at_work, second.at_work) == (False, True)

    async def test_is_given_back_by_a_replica_that_stops(self, replica: Replica) -> None:
        first, second = replica(), replica()
        running = asyncio.create_task(first.run())

        async def at_work() -> bool:
            return first.at_work

        await eventually(at_work)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await second.turn()
        assert (first.at_work, second.at_work) == (False, True)

    async def test_hears_a_nudge_given_to_another_replica(
        self, replica: Replica, new_work: NewWork, kuma: FakeKuma
    ) -> None:
        prober = replica()
        await prober.turn()

        async def read(times: int) -> bool:
            return len(kuma.metrics) >= times

        await eventually(lambda: read(1))
        await Nudges(new_work).give()
        await prober.turn()
        await eventually(lambda: read(2))


class TestBudget:
    def test_is_free_again_when_the_oldest_call_is_long_enough_ago(self) -> None:
        budget = Budget(2, 60)
        assert budget.free_at() <= 0
        budget.spend(100)
        assert budget.free_at() <= 100
        budget.spend(110)
        assert budget.free_at() == 160


class Looking:
    """A watch of Uptime Kuma whose turns are taken by hand."""

    def __init__(self, kuma: FakeKuma, verdicts: Verdicts) -> None:
        self.examiner = Examiner(deadline=1, slow_after_ms=1_000, transport=lambda: httpx2.MockTransport(kuma))
        target = Target("uptime_kuma", KUMA, "http://kuma:3001", "uk1")
        budget = Budget(2, 0.0)
        self.watch = KumaWatch(target, self.examiner, verdicts, self._learn, interval=0.5, budget=budget)
        self.judge = Judge("uptime_kuma", ServiceHealth.UP)

    async def _learn(self, target: Target, learned: object) -> None:
        raise AssertionError("nothing to learn of Uptime Kuma")

    async def turn(self) -> ServiceHealth:
        async with self.examiner.asker("uptime_kuma") as asker:
            self.watch.wake()
            await self.watch._turn(asker, self.judge)
        return self.judge.hysteresis.verdict


class TestRefusals:
    async def test_one_401_after_a_success_proves_nothing_but_three_do(
        self, new_work: NewWork, told: Told, kuma: FakeKuma
    ) -> None:
        looking = Looking(kuma, Verdicts(new_work, told.live, longest_gap=150))
        assert await looking.turn() is ServiceHealth.UP
        kuma.status = 401
        assert [await looking.turn() for _ in range(3)] == [ServiceHealth.UP] * 3
        assert await looking.turn() is ServiceHealth.DEGRADED
        kuma.status = 200
        assert [await looking.turn() for _ in range(2)][-1] is ServiceHealth.UP

    async def test_a_first_401_is_believed(self, new_work: NewWork, told: Told, kuma: FakeKuma) -> None:
        kuma.status = 401
        looking = Looking(kuma, Verdicts(new_work, told.live, longest_gap=150))
        assert [await looking.turn() for _ in range(2)][-1] is ServiceHealth.DEGRADED


class TestReseal:
    async def test_seals_under_the_newest_key_what_an_older_one_sealed(self, new_work: NewWork) -> None:
        newer = f"{new_key('k2')},{SEALING}"
        examiner = Examiner(deadline=1, slow_after_ms=1_000)
        old = IntegrationService(new_work, Vault(Sealer(SEALING), {}), examiner)
        draft = Draft(IntegrationKind.PLEX, "http://127.0.0.1:9", secret="t0ken")
        await old.create(draft, by=configurer(), force=True)
        new = IntegrationService(new_work, Vault(Sealer(newer), {}), examiner)
        assert (await new.reseal(), await new.reseal()) == (1, 0)
        alone = IntegrationService(new_work, Vault(Sealer(newer.partition(",")[0]), {}), examiner)
        assert [target.secret for target in await alone.targets()] == ["t0ken"]
