"""Follow channels and playlists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "9b7f4e2c1d60"
down_revision = "5c1d0b7e42aa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "follows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("every_hours", sa.Integer(), nullable=False),
        sa.Column("takes_all", sa.Boolean(), nullable=False),
        sa.Column("keep_last", sa.Integer(), nullable=True),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("videos_found", sa.Integer(), nullable=False),
        sa.Column("first_listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
    )
    op.create_index(
        "ix_follows_next_check_at", "follows", ["next_check_at"], postgresql_where=sa.text("status <> 'paused'")
    )
    op.create_index("ix_follows_user_id_id", "follows", ["user_id", "id"])
    op.create_index("uq_follows_user_id_idempotency_key", "follows", ["user_id", "idempotency_key"], unique=True)
    op.create_table(
        "follow_entries",
        sa.Column("follow_id", sa.Uuid(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["follow_id"], ["follows.id"], name=op.f("fk_follow_entries_follow_id_follows"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("follow_id", "identity", name=op.f("pk_follow_entries")),
    )
    op.add_column("downloads", sa.Column("follow_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_downloads_follow_id_follows"), "downloads", "follows", ["follow_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("uq_downloads_follow_id", "downloads", ["follow_id"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_downloads_follow_id", table_name="downloads")
    op.drop_constraint(op.f("fk_downloads_follow_id_follows"), "downloads", type_="foreignkey")
    op.drop_column("downloads", "follow_id")
    op.drop_table("follow_entries")
    op.drop_table("follows")
