"""Count deactivations by a directory, and keep those that were many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_0930"
down_revision = "20261125_0900"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Brings the schema forward."""
    op.create_table(
        "mass_deactivations",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("workspace_id", sa.String(36), _workspace("mass_deactivations"), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("deactivated", sa.Integer(), nullable=False),
        sa.Column("active_before", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.String(36)),
        sa.Column("token_name", sa.String(400), nullable=False),
        sa.Column("held_at", MOMENT),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("let_through_until", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_mass_deactivations"),
    )
    op.create_index("ix_mass_deactivations_workspace_id", "mass_deactivations", ["workspace_id", "closed_at", "began_at"])
    member = sa.ForeignKey("members.id", name="fk_deactivations_member_id", ondelete="CASCADE")
    op.create_table(
        "deactivations",
        sa.Column("workspace_id", sa.String(36), _workspace("deactivations"), nullable=False),
        sa.Column("member_id", sa.String(36), member, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("event_id", sa.String(36)),
        sa.Column("group_ids", JSON, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", name="pk_deactivations"),
    )
    op.create_index("ix_deactivations_at", "deactivations", ["workspace_id", "at"])
    op.create_index("ix_deactivations_event_id", "deactivations", ["event_id"])
    op.create_table(
        "deactivation_minutes",
        sa.Column("workspace_id", sa.String(36), _workspace("deactivation_minutes"), nullable=False),
        sa.Column("minute", MOMENT, nullable=False),
        sa.Column("active_before", sa.Integer(), nullable=False),
        sa.Column("deactivated", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "minute", name="pk_deactivation_minutes"),
    )
    with op.batch_alter_table("workspaces") as batch:
        batch.add_column(sa.Column("mass_deactivation_percent", sa.Integer(), nullable=False, server_default="20"))


def downgrade() -> None:
    """Takes it back."""
    with op.batch_alter_table("workspaces") as batch:
        batch.drop_column("mass_deactivation_percent")
    for table in ("deactivation_minutes", "deactivations", "mass_deactivations"):
        op.drop_table(table)


def _workspace(table: str) -> sa.ForeignKey:
    return sa.ForeignKey("workspaces.id", name=f"fk_{table}_workspace_id", ondelete="CASCADE")
