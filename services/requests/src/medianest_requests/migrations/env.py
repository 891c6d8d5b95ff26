"""Alembic's entry: the shared run with this service's tables."""

from medianest_common.migrate import run_env
from medianest_requests.models import METADATA

run_env(METADATA)
