"""Keep each member as SCIM serves it; texts are made as members are written or read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_0840"
down_revision = "20261125_0830"


def upgrade() -> None:
    """Brings the schema forward."""
    op.add_column("members", sa.Column("wire", sa.Text(), nullable=True))
    op.add_column("members", sa.Column("wire_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Takes the schema back."""
    op.drop_column("members", "wire_at")
    op.drop_column("members", "wire")
