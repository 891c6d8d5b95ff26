"""Remember with an item how much its user may keep, for the worker that finishes it."""

import sqlalchemy as sa
from alembic import op

revision = "c41e8d90b7a2"
down_revision = "b7d2f4a90c61"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("download_items", sa.Column("quota_bytes", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("download_items", "quota_bytes")
