"""Remember which collections are ours, and what a removal may leave empty in Plex."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b7d2f4a90c61"
down_revision = "e3a96f1b7d24"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "downloads", sa.Column("plex_collection_made", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    left = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
    op.add_column("removals", sa.Column("left_in_plex", left, nullable=True))


def downgrade() -> None:
    op.drop_column("removals", "left_in_plex")
    op.drop_column("downloads", "plex_collection_made")
