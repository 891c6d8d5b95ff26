"""A run with the real servers and fake services: fake_run.py PROJECT [--no-check] [options of a fake service]."""

import asyncio
import sys
from pathlib import Path

from medianest_devstack import runner
from medianest_devstack.child import LineSink
from medianest_devstack.cli import guarded
from medianest_devstack.console import Console
from medianest_devstack.plan import Plan
from medianest_devstack.runner import Suite, run_until_signalled
from medianest_devstack.supervisor import Service

SCRIPT = str(Path(__file__).with_name("fake_service.py"))


def table(plan: Plan) -> list[Service]:
    def service(name: str, *options: str, after: tuple[str, ...] = ()) -> Service:
        argv = (sys.executable, SCRIPT, str(plan.ports[name]), *options)
        return Service(name, argv, {}, f"{plan.url(name)}/health/ready", after=after, grace=2)

    return [
        service("auth", "--child", str(plan.state / "grandchild")),
        service("requests", *sys.argv[2:]),
        service("gateway", after=("auth",)),
    ]


async def nothing_to_prepare(_plan: Plan, _sink: LineSink, _at_once: int) -> None:
    """The fake services have no databases."""


def main() -> int:
    project = Path(sys.argv[1])
    if "--no-check" in sys.argv:
        sys.argv.remove("--no-check")
        runner.NEEDED_BYTES = 0
    suite = Suite(services=table, prepare=nothing_to_prepare)
    return guarded(lambda: asyncio.run(run_until_signalled(project, project / ".run", Console(), suite)), project)


if __name__ == "__main__":
    sys.exit(main())
