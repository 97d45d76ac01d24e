"""Let an authorize request know its consent; every request and code names its redirect URI."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_0100"
down_revision = "0001"

TABLES = ("authorization_requests", "authorization_codes")


def upgrade() -> None:
    """Brings the schema forward."""
    op.add_column(TABLES[0], sa.Column("consent_id", sa.String(length=36), nullable=True))
    for name in TABLES:
        op.drop_column(name, "redirect_uri_given")


def downgrade() -> None:
    """Takes it back."""
    for name in TABLES:
        op.add_column(name, sa.Column("redirect_uri_given", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.drop_column(TABLES[0], "consent_id")
