"""Let a candidate connection become a second active one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_0200"
down_revision = "0002"


def upgrade() -> None:
    """Brings the schema forward."""
    with op.batch_alter_table("connections") as batch:
        batch.add_column(sa.Column("beside", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Takes it back."""
    with op.batch_alter_table("connections") as batch:
        batch.drop_column("beside")
