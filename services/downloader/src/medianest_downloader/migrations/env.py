"""Alembic's entry: the shared run with this service's tables."""

from medianest_common.migrate import run_env
from medianest_downloader.models import METADATA

run_env(METADATA)
