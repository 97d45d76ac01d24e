"""Add search terms and member counts, and the indexes that lists walk."""

from __future__ import annotations

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "20261124_0100"

INDEXES = {
    "ix_members_origin": ("members", ["workspace_id", "provisioned", "source", "status", "seq"]),
    "ix_members_role": ("members", ["workspace_id", "role", "custom_role_id", "provisioned", "source", "status", "seq"]),
    "ix_provisioning_events_workspace_id_at": ("provisioning_events", ["workspace_id", "at", "id"]),
    "ix_provisioning_events_operation": ("provisioning_events", ["workspace_id", "operation", "succeeded", "at", "id"]),
    "ix_provisioning_events_succeeded": ("provisioning_events", ["workspace_id", "succeeded", "at", "id"]),
    "ix_audit_entries_at": ("audit_entries", ["workspace_id", "at", "seq"]),
    "ix_audit_entries_action": ("audit_entries", ["workspace_id", "action", "at", "seq"]),
}


def upgrade() -> None:
    """Brings the schema forward."""
    workspace = sa.ForeignKey("workspaces.id", name="fk_search_terms_workspace_id", ondelete="CASCADE")
    term = sa.String(100).with_variant(sa.String(100, collation="C"), "postgresql")
    op.create_table(
        "search_terms",
        sa.Column("workspace_id", sa.String(36), workspace, primary_key=True),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("term", term, primary_key=True),
        sa.Column("subject_id", sa.String(36), primary_key=True),
    )
    op.create_index("ix_search_terms_subject_id", "search_terms", ["subject_id"])
    counted = sa.ForeignKey("workspaces.id", name="fk_member_counts_workspace_id", ondelete="CASCADE")
    op.create_table(
        "member_counts",
        sa.Column("workspace_id", sa.String(36), counted, primary_key=True),
        sa.Column("role", sa.String(63), primary_key=True),
        sa.Column("custom_role_id", sa.String(36), primary_key=True),
        sa.Column("origin", sa.String(10), primary_key=True),
        sa.Column("status", sa.String(10), primary_key=True),
        sa.Column("members", sa.Integer(), nullable=False),
    )
    op.drop_index("ix_provisioning_events_workspace_id_at", "provisioning_events")
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    _count_members()
    _index_names()


def _count_members() -> None:
    op.execute(
        "INSERT INTO member_counts (workspace_id, role, custom_role_id, origin, status, members) "
        "SELECT workspace_id, role, COALESCE(custom_role_id, ''), "
        "CASE WHEN provisioned THEN 'okta' WHEN source = 'sso' THEN 'sso' ELSE 'manual' END, status, COUNT(*) "
        "FROM members WHERE status <> 'removed' GROUP BY 1, 2, 3, 4, 5"
    )


def _index_names() -> None:
    connection = op.get_bind()
    members = sa.text(
        "SELECT workspace_id, 'member', id, display_name, given_name || ' ' || family_name, family_name || ' ' || given_name, "
        "user_name, email FROM members WHERE status <> 'removed'"
    )
    groups = sa.text("SELECT workspace_id, 'group', id, display_name FROM groups")
    add = sa.text("INSERT INTO search_terms (workspace_id, kind, subject_id, term) VALUES (:workspace, :kind, :subject, :term)")
    for query in (members, groups):
        for workspace, kind, subject, *texts in connection.execute(query).fetchall():
            for term in _terms(texts):
                connection.execute(add, {"workspace": workspace, "kind": kind, "subject": subject, "term": term})


def _terms(texts: list[str | None]) -> set[str]:
    """As portal.domain.search makes them when this is written."""
    found: set[str] = set()
    for text in texts:
        folded = " ".join(unicodedata.normalize("NFC", text or "").casefold().split())
        starts = [0, *(match.end() for match in re.finditer(r"[\s-]+", folded))][:6]
        found |= {folded[start : start + 100] for start in starts if folded[start:]}
    ordered = sorted(found)
    return {term for at, term in enumerate(ordered) if not any(later.startswith(term) for later in ordered[at + 1 : at + 2])}


def downgrade() -> None:
    """Takes the schema back."""
    for name, (table, _columns) in INDEXES.items():
        op.drop_index(name, table)
    op.create_index("ix_provisioning_events_workspace_id_at", "provisioning_events", ["workspace_id", "at"])
    op.drop_table("member_counts")
    op.drop_table("search_terms")
