"""Alembic's entry into the tables of the status service."""

from medianest_common.migrate import run_env
from medianest_status.models import METADATA

run_env(METADATA)
