"""Put a user's downloads aside; keep a download for a number of days."""

import sqlalchemy as sa
from alembic import op

revision = "5c1d0b7e42aa"
down_revision = "878a45e8912b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_pauses",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_pauses")),
    )
    op.add_column("downloads", sa.Column("keep_days", sa.Integer(), nullable=True))
    op.create_index(
        "ix_downloads_keep_days", "downloads", ["completed_at"], postgresql_where=sa.text("keep_days is not null")
    )


def downgrade() -> None:
    op.drop_index("ix_downloads_keep_days", table_name="downloads")
    op.drop_column("downloads", "keep_days")
    op.drop_table("user_pauses")
