"""Let a consent say which earlier ones it ends, and where it led back to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_0900"
down_revision = "20261125_0840"


def upgrade() -> None:
    """Brings the schema forward."""
    op.add_column("consents", sa.Column("replaces", sa.JSON(), nullable=True))
    op.add_column("consents", sa.Column("redirect_host", sa.String(255), nullable=True))


def downgrade() -> None:
    """Takes it back."""
    with op.batch_alter_table("consents") as batch:
        batch.drop_column("redirect_host")
        batch.drop_column("replaces")
