"""The audit log: each entry seals the one before, so that no change goes unseen."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from portal.domain import audit, members
from portal.models import AuditEntry
from tests import factories


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
        ctx.session.execute(TAMPERING[case](lambda seq: own & (AuditEntry.seq == seq)))
    with factories.inside(app, "acme") as ctx:
        assert audit.first_broken(ctx) == 3


def test_a_cut_off_end_is_seen(app, cast):
    with factories.inside(app, "acme") as ctx:
        last = ctx.workspace.audit_seq
        ctx.session.execute(delete(AuditEntry).where(AuditEntry.workspace_id == ctx.workspace.id, AuditEntry.seq == last))
    with factories.inside(app, "acme") as ctx:
        assert audit.first_broken(ctx) == last
    with factories.inside(app, "globex") as ctx:
        assert audit.first_broken(ctx) is None
