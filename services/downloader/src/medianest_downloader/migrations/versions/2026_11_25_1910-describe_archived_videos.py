"""What is known of an archived video, for whoever it is linked for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "41c8e0d95b37"
down_revision = "b7d2f40c91ae"
branch_labels = None
depends_on = None


def upgrade() -> None:
    about = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("archive", sa.Column("about", about, server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("archive", "about")
