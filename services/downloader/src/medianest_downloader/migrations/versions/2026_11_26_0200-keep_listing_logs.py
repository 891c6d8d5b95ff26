"""Keep the end of yt-dlp's log where a list could not be read."""

import sqlalchemy as sa
from alembic import op

revision = "e07a5c2d4b93"
down_revision = "d92b6f05e1c8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("downloads", sa.Column("log_tail", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("downloads", "log_tail")
