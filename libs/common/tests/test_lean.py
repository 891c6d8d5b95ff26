"""What a service's process does not load; each in a process of its own, since this one has loaded everything."""

import subprocess
import sys

import pytest

_LOADED = """
import importlib, sys
sys.argv = ["service", "nonsense"]
service = importlib.import_module("{package}.__main__")
try:
    service.main(*[["nonsense"]] * service.main.__code__.co_argcount)
except SystemExit:
    pass
importlib.import_module("{package}.{application}")
print(*sorted({{name.partition(".")[0] for name in sys.modules if "." in name}} & {unwanted}))
"""


@pytest.mark.parametrize(
    ("package", "application", "unwanted"),
    [
        ("medianest_auth", "app", {"aiohttp", "alembic", "rich"}),
        ("medianest_requests", "app", {"aiohttp", "alembic", "rich"}),
        ("medianest_status", "app", {"aiohttp", "alembic", "rich"}),
        ("medianest_downloader", "app", {"aiohttp", "alembic", "rich"}),
        ("medianest_downloader", "worker.app", {"aiohttp", "alembic", "fastapi", "rich"}),
        ("medianest_gateway", "app", {"alembic", "rich"}),
    ],
)
def test_a_service_carries_nothing_that_it_does_not_use(package: str, application: str, unwanted: set[str]) -> None:
    program = _LOADED.format(package=package, application=application, unwanted=unwanted)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr
