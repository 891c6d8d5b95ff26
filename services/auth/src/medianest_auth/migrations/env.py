"""Alembic's entry: the shared environment on this service's tables."""

from medianest_auth.models import METADATA
from medianest_common.migrate import run_env

run_env(METADATA)
