"""Everybody is active or not: forget that a directory took `active` away, and the index that counted those."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_1000"
down_revision = "20261125_0930"

TAKEN_AWAY = {"sqlite": "json_type(attributes, '$.active') = 'null'", "postgresql": "attributes -> 'active' = 'null'::jsonb"}
WITHOUT = {"sqlite": "json_remove(attributes, '$.active')", "postgresql": "attributes - 'active'"}


def upgrade() -> None:
    """Brings the schema forward; the text of these users is made anew when they are read."""
    dialect = op.get_bind().dialect.name
    op.execute(f"UPDATE members SET attributes = {WITHOUT[dialect]}, wire = NULL WHERE {TAKEN_AWAY[dialect]}")  # noqa: S608 - constants
    op.drop_index("ix_members_active_taken_away", "members")


def downgrade() -> None:
    """Takes it back."""
    where = {f"{name}_where": sa.text(condition) for name, condition in TAKEN_AWAY.items()}
    op.create_index("ix_members_active_taken_away", "members", ["workspace_id", "status"], **where)
