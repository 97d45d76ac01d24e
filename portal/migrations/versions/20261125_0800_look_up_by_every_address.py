"""Find members by every address, and know how long lists of groups and of active members are."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261125_0800"
down_revision = "20261124_0200"

TAKEN_AWAY = {"sqlite": "json_type(attributes, '$.active') = 'null'", "postgresql": "attributes -> 'active' = 'null'::jsonb"}


def upgrade() -> None:
    """Brings the schema forward."""
    workspace = sa.ForeignKey("workspaces.id", name="fk_group_buckets_workspace_id", ondelete="CASCADE")
    op.create_table(
        "group_buckets",
        sa.Column("workspace_id", sa.String(36), workspace, primary_key=True),
        sa.Column("bucket", sa.Integer(), primary_key=True),
        sa.Column("groups", sa.Integer(), nullable=False),
    )
    op.execute(
        "INSERT INTO group_buckets (workspace_id, bucket, groups) SELECT workspace_id, seq / 512, COUNT(*) FROM groups GROUP BY 1, 2"
    )
    op.create_index("ix_members_modified_at", "members", ["workspace_id", "modified_at", "seq"])
    where = {f"{name}_where": sa.text(condition) for name, condition in TAKEN_AWAY.items()}
    op.create_index("ix_members_active_taken_away", "members", ["workspace_id", "status"], **where)
    _index_received_names()


def _index_received_names() -> None:
    connection = op.get_bind()
    members = sa.text(
        "SELECT workspace_id, id, attributes, display_name, given_name || ' ' || family_name, family_name || ' ' || given_name, "
        "user_name, email FROM members WHERE status <> 'removed'"
    )
    known = sa.text("SELECT term FROM search_terms WHERE workspace_id = :workspace AND subject_id = :subject")
    add = sa.text("INSERT INTO search_terms (workspace_id, kind, subject_id, term) VALUES (:workspace, 'member', :subject, :term)")
    drop = sa.text("DELETE FROM search_terms WHERE workspace_id = :workspace AND subject_id = :subject AND term = :term")
    for workspace, subject, attributes, *texts in connection.execute(members).fetchall():
        received = _received(json.loads(attributes) if isinstance(attributes, str) else attributes)
        if set(received) <= set(texts):
            continue
        key = {"workspace": workspace, "subject": subject}
        own, wanted = set(connection.execute(known, key).scalars()), _terms([*texts, *received])
        for statement, terms in ((add, wanted - own), (drop, own - wanted)):
            for term in terms:
                connection.execute(statement, {**key, "term": term})


def _received(attributes: dict[str, Any]) -> list[str]:
    name, emails = attributes.get("name"), attributes.get("emails")
    found = [name.get("formatted")] if isinstance(name, dict) else []
    found += [item.get("value") if isinstance(item, dict) else item for item in (emails if isinstance(emails, list) else [emails])]
    return [text for text in found if isinstance(text, str)]


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
    """Takes it back."""
    op.drop_index("ix_members_active_taken_away", "members")
    op.drop_index("ix_members_modified_at", "members")
    op.drop_table("group_buckets")
