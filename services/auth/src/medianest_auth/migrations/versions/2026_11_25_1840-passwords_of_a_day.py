"""Let the password of `admin reset` end after a day."""

import sqlalchemy as sa
from alembic import op

revision = "3f7d92c1a86b"
down_revision = "592fc5bbb1df"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("password_expires_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "password_expires_at")
