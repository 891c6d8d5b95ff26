"""Remember whether a download may be fetched, so that trying it again does not go past the administrator."""

import sqlalchemy as sa
from alembic import op

revision = "d92b6f05e1c8"
down_revision = "c41e8d90b7a2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("downloads", sa.Column("approved", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.execute("update downloads set approved = false where status = 'waiting_approval'")


def downgrade() -> None:
    op.drop_column("downloads", "approved")
