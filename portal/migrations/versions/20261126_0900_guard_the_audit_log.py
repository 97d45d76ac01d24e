"""Refuse to change or delete entries of the audit log, in the database itself."""

from __future__ import annotations

from alembic import op

revision = "20261126_0900"
down_revision = "20261125_0930"

# Entries go only with their whole workspace: by the time the foreign key takes them along, its row is gone.
SQLITE = """
CREATE TRIGGER audit_entries_unchanged BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries
WHEN EXISTS (SELECT 1 FROM workspaces WHERE id = OLD.workspace_id)
BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
"""
POSTGRESQL = """
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT 1 FROM workspaces WHERE id = OLD.workspace_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is only ever added to' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_entries_unchanged BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_entries_kept BEFORE TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
"""


def upgrade() -> None:
    """Brings the schema forward."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
        return
    for statement in SQLITE.split("\nCREATE ")[1:]:
        op.execute(f"CREATE {statement}")


def downgrade() -> None:
    """Takes it back."""
    on = " ON audit_entries" if op.get_context().dialect.name == "postgresql" else ""
    for trigger in ("audit_entries_kept", "audit_entries_unchanged"):
        op.execute(f"DROP TRIGGER {trigger}{on}")
    if on:
        op.execute("DROP FUNCTION refuse_audit_change()")
