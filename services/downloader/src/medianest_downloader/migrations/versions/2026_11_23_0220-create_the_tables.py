"""Create the tables, and let the workers' role do what a worker does and no more."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "878a45e8912b"
down_revision = None
branch_labels = None
depends_on = None


_WORKER = "downloader_worker"
# What a worker may write of an item: its lease and what came of it, never whose it is, where it leads, or the attempt.
_ITEM_COLUMNS = (
    "status, handed_out_at, worker_id, lease_until, due_at, tries, reason, log_tail, progress, downloaded_bytes, "
    "total_bytes, speed, eta, title, extractor, video_id, duration, file_stem, file_paths, bytes, in_plex, started_at, "
    "completed_at, version"
)
_DOWNLOAD_COLUMNS = (
    "status, progress, items_total, items_completed, items_failed, bytes, in_plex_due_at, updated_at, completed_at, "
    "version"
)
_GRANTS = (
    "select on downloads, download_items, archive, lanes, erased_users",
    f"update ({_ITEM_COLUMNS}) on download_items",
    f"update ({_DOWNLOAD_COLUMNS}) on downloads",
    "insert on archive, outbox, lanes",
    "update on lanes",
)


def _grant() -> None:
    """The role is made by whoever runs the database; where there is none (a single-role set-up) nothing is granted."""
    statements = "".join(f"execute 'grant {rights} to {_WORKER}'; " for rights in _GRANTS)
    op.execute(
        f"do $$ begin if exists (select from pg_roles where rolname = '{_WORKER}') then {statements}end if; end $$"
    )


def upgrade() -> None:
    _tables()
    _grant()


def _tables() -> None:
    op.create_table(
        "downloads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("playlist_url", sa.Text(), nullable=False),
        sa.Column("playlist_title", sa.String(length=500), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("preset", sa.String(length=20), nullable=False),
        sa.Column("collection", sa.String(length=200), nullable=True),
        sa.Column("default_collection", sa.Boolean(), nullable=False),
        sa.Column("wants_playlist", sa.Boolean(), nullable=False),
        sa.Column("as_playlist", sa.Boolean(), nullable=False),
        sa.Column("selection", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("items_total", sa.Integer(), nullable=False),
        sa.Column("items_completed", sa.Integer(), nullable=False),
        sa.Column("items_failed", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("in_plex", sa.String(length=20), nullable=False),
        sa.Column("in_plex_reason", sa.String(length=300), nullable=True),
        sa.Column("in_plex_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_plex_tries", sa.Integer(), nullable=False),
        sa.Column("in_plex_claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plex_collection_id", sa.String(length=255), nullable=True),
        sa.Column("plex_playlist_id", sa.String(length=255), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listing_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listing_tries", sa.Integer(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("user_id is not null", name=op.f("ck_downloads_user_isolation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downloads")),
    )
    op.create_index(
        "ix_downloads_in_plex",
        "downloads",
        ["in_plex_due_at"],
        unique=False,
        postgresql_where=sa.text("in_plex = 'waiting'"),
    )
    op.create_index(
        "ix_downloads_listing",
        "downloads",
        ["listing_due_at"],
        unique=False,
        postgresql_where=sa.text("listed_at is null"),
    )
    op.create_index("ix_downloads_user_id_id", "downloads", ["user_id", "id"], unique=False)
    op.create_index("uq_downloads_user_id_idempotency_key", "downloads", ["user_id", "idempotency_key"], unique=True)
    op.create_table(
        "erased_users",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_erased_users")),
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.String(length=100), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_handled_at"), "inbox", ["handled_at"], unique=False)
    op.create_table(
        "lanes",
        sa.Column("egress", sa.String(length=40), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("slow", sa.Boolean(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("egress", name=op.f("pk_lanes")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event_id", name=op.f("uq_outbox_event_id")),
        postgresql_with={"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 2000},
    )
    op.create_index(op.f("ix_outbox_key"), "outbox", ["key"], unique=False)
    op.create_table(
        "removals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removals")),
    )
    op.create_table(
        "turns",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_turns")),
    )
    op.create_table(
        "users",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("downloads_need_approval", sa.Boolean(), nullable=False),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_users")),
    )
    op.create_table(
        "download_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("download_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("extractor", sa.String(length=100), nullable=True),
        sa.Column("video_id", sa.String(length=300), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("egress", sa.String(length=40), nullable=True),
        sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker_id", sa.String(length=100), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("max_bytes", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=50), nullable=True),
        sa.Column("log_tail", sa.Text(), nullable=True),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("downloaded_bytes", sa.BigInteger(), nullable=True),
        sa.Column("total_bytes", sa.BigInteger(), nullable=True),
        sa.Column("speed", sa.Float(), nullable=True),
        sa.Column("eta", sa.Float(), nullable=True),
        sa.Column("file_stem", sa.String(length=255), nullable=True),
        sa.Column("file_paths", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("in_plex", sa.String(length=20), nullable=False),
        sa.Column("plex_rating_key", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["download_id"], ["downloads.id"], name=op.f("fk_download_items_download_id_downloads"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download_items")),
    )
    op.create_index(
        "ix_download_items_busy",
        "download_items",
        ["egress", "user_id"],
        unique=False,
        postgresql_where=sa.text("status = 'running' or handed_out_at is not null"),
    )
    op.create_index(
        "ix_download_items_open",
        "download_items",
        ["user_id", "position"],
        unique=False,
        postgresql_where=sa.text("status in ('queued', 'waiting')"),
    )
    op.create_index("ix_download_items_user_id", "download_items", ["user_id"], unique=False)
    op.create_index(
        "uq_download_items_download_id_file_stem", "download_items", ["download_id", "file_stem"], unique=True
    )
    op.create_index(
        "uq_download_items_download_id_position", "download_items", ["download_id", "position"], unique=True
    )
    op.create_table(
        "archive",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("extractor", sa.String(length=100), nullable=False),
        sa.Column("video_id", sa.String(length=300), nullable=False),
        sa.Column("preset", sa.String(length=20), nullable=False),
        sa.Column("file_paths", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["download_items.id"], name=op.f("fk_archive_item_id_download_items"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_archive")),
    )
    op.create_index(op.f("ix_archive_user_id"), "archive", ["user_id"], unique=False)
    op.create_index("ix_archive_video", "archive", ["extractor", "video_id", "preset"], unique=False)


_TABLES = ("archive", "download_items", "users", "turns", "removals", "outbox", "lanes", "inbox", "erased_users")


def downgrade() -> None:
    for table in (*_TABLES, "downloads"):
        op.drop_table(table)
