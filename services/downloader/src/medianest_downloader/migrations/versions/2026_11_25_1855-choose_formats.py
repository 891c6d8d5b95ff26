"""Kinds of sound files, subtitles, parts to cut out, a range of positions, and a note for what could not be had."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b7d2f40c91ae"
down_revision = "9b7f4e2c1d60"
branch_labels = None
depends_on = None

_LIST = postgresql.JSONB(astext_type=sa.Text())
_WORKER = "downloader_worker"
_GRANT = f"grant update (note) on download_items to {_WORKER}"


def upgrade() -> None:
    op.add_column("downloads", sa.Column("item_range", sa.String(length=500), nullable=True))
    op.add_column("download_items", sa.Column("note", sa.String(length=300), nullable=True))
    op.add_column("archive", sa.Column("cuts", sa.String(length=200), server_default="", nullable=False))
    op.add_column("archive", sa.Column("subtitles", _LIST, server_default="[]", nullable=False))
    for column in ("subtitles", "sponsorblock"):
        op.add_column("downloads", sa.Column(column, _LIST, server_default="[]", nullable=False))
    for table in ("downloads", "archive"):
        op.execute(f"update {table} set preset = 'm4a' where preset = 'audio'")  # noqa: S608 - names of ours
    op.execute(
        f"do $$ begin if exists (select from pg_roles where rolname = '{_WORKER}') then {_GRANT}; end if; end $$"
    )


def downgrade() -> None:
    for table in ("downloads", "archive"):
        op.execute(f"update {table} set preset = 'audio' where preset in ('mp3', 'm4a', 'opus')")  # noqa: S608 - names of ours
    for table, column in (
        ("downloads", "sponsorblock"),
        ("downloads", "subtitles"),
        ("archive", "subtitles"),
        ("archive", "cuts"),
        ("download_items", "note"),
        ("downloads", "item_range"),
    ):
        op.drop_column(table, column)
