"""The audit log: each entry seals the one before, so that no change goes unseen."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from portal.domain import audit, members
from portal.extensions import db
from portal.models import AuditEntry, Workspace
from tests import factories
from tests.support.tampering import unguarded


def test_an_untouched_log_is_whole(app, cast):
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.mary.id), {"title": "Autorin – “Frankenstein”"})
    with factories.inside(app, "acme") as ctx:
        assert audit.first_broken(ctx) is None


TAMPERING = {
    "an altered entry": lambda at: update(AuditEntry).where(at(3)).values(actor_label="Somebody else"),
    "an altered value": lambda at: update(AuditEntry).where(at(3)).values(after={"role": "admin"}),
    "a deleted entry": lambda at: delete(AuditEntry).where(at(3)),
    "an entry moved": lambda at: update(AuditEntry).where(at(3)).values(seq=3000),
}


@pytest.mark.parametrize("case", TAMPERING)
def test_the_first_altered_or_missing_entry_is_named(app, cast, case):
    with factories.inside(app, "acme") as ctx:
        own = AuditEntry.workspace_id == ctx.workspace.id
        with unguarded(ctx.session):
            ctx.session.execute(TAMPERING[case](lambda seq: own & (AuditEntry.seq == seq)))
    with factories.inside(app, "acme") as ctx:
        assert audit.first_broken(ctx) == 3


def test_the_database_itself_refuses_to_change_or_delete_an_entry(app, cast):
    statements: dict[str, Any] = {case: make(lambda seq: AuditEntry.seq == seq) for case, make in TAMPERING.items()}
    with app.app_context():
        kind = db.engine.dialect.name
    if kind == "postgresql":
        statements["all of them at once"] = text("TRUNCATE audit_entries")
    for case, statement in statements.items():
        with factories.inside(app, "acme") as ctx:
            with pytest.raises(IntegrityError, match="the audit log is only ever added to"):
                ctx.session.execute(statement)
            ctx.session.rollback()
        with factories.inside(app, "acme") as ctx:
            assert audit.first_broken(ctx) is None, case


def test_the_entries_of_a_workspace_go_with_it(app, cast):
    with factories.inside(app, "acme") as ctx:
        ctx.session.execute(delete(Workspace).where(Workspace.id == ctx.workspace.id))
    with factories.inside(app, "globex") as ctx:
        assert audit.first_broken(ctx) is None
        assert set(ctx.session.scalars(select(AuditEntry.workspace_id))) == {ctx.workspace.id}


def test_a_cut_off_end_is_seen(app, cast):
    with factories.inside(app, "acme") as ctx:
        last = ctx.workspace.audit_seq
        with unguarded(ctx.session):
            ctx.session.execute(delete(AuditEntry).where(AuditEntry.workspace_id == ctx.workspace.id, AuditEntry.seq == last))
    with factories.inside(app, "acme") as ctx:
        assert audit.first_broken(ctx) == last
    with factories.inside(app, "globex") as ctx:
        assert audit.first_broken(ctx) is None
