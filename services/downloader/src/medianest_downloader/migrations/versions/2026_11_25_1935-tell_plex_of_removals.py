"""Single files among the removals, and how far Plex has been told of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e3a96f1b7d24"
down_revision = "c4a81f0e5b27"
branch_labels = None
depends_on = None


def upgrade() -> None:
    files = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("removals", sa.Column("files", files, server_default="[]", nullable=False))
    op.add_column("removals", sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("removals", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("removals", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.execute("delete from removals where gone_at is not null")
    for column in ("tries", "due_at", "gone_at", "files"):
        op.drop_column("removals", column)
