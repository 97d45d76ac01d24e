"""Keep mail that waits to be sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_0830"
down_revision = "20261125_0800"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Brings the schema forward."""
    workspace = sa.ForeignKey("workspaces.id", name="fk_outgoing_mails_workspace_id", ondelete="CASCADE")
    op.create_table(
        "outgoing_mails",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("workspace_id", sa.String(36), workspace, nullable=False),
        sa.Column("member_id", sa.String(36), nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("secret_path", sa.Text()),
        sa.Column("once", sa.String(200)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("given_up_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing_mails"),
    )
    op.create_index("ix_outgoing_mails_next_try_at", "outgoing_mails", ["next_try_at"])
    op.create_index("ix_outgoing_mails_member_id", "outgoing_mails", ["workspace_id", "member_id", "created_at"])
    op.create_index("uq_outgoing_mails_once", "outgoing_mails", ["once"], unique=True)
    # Owners are found without walking over a workspace's members.
    only = {"sqlite_where": sa.text("owner = 1"), "postgresql_where": sa.text("owner")}
    op.create_index("ix_members_owner", "members", ["workspace_id"], **only)


def downgrade() -> None:
    """Takes it back."""
    op.drop_index("ix_members_owner", "members")
    op.drop_table("outgoing_mails")
