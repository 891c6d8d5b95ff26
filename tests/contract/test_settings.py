"""The runner knows by name every setting that some service takes, so that it can refuse a misspelt one."""

import importlib

import pytest
from pydantic_settings import BaseSettings

from medianest_devstack.service_settings import FOR_SERVICES
from medianest_devstack.settings import OURS, PREFIX, RunSettings

_SERVICES = ("auth", "requests", "downloader", "status", "gateway")


def _names(service: str) -> set[str]:
    module = importlib.import_module(f"medianest_{service}.settings")
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, BaseSettings)]
    assert kinds
    return {PREFIX + field.upper() for kind in kinds for field in kind.model_fields}


@pytest.mark.parametrize("service", _SERVICES)
def test_a_setting_of_a_service_is_one_the_runner_knows(service: str) -> None:
    of_a_run = {PREFIX + field.upper() for field in RunSettings.model_fields}
    assert _names(service) - of_a_run - OURS - FOR_SERVICES == set()


def test_the_runner_knows_no_setting_that_nobody_takes() -> None:
    assert FOR_SERVICES - set().union(*map(_names, _SERVICES)) == set()
