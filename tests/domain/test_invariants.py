"""The check of what must hold finds each thing that does not."""

from __future__ import annotations

from sqlalchemy import text

from portal.domain import groups, invariants, members, repair, search
from portal.models import Member
from tests import factories
from tests.support.tampering import unguarded

STATEMENTS = {
    "UPDATE workspaces SET seats_used = seats_used - 1": "2 seats count as used, but 3 active members",
    "UPDATE workspaces SET member_seq = 1": "a member has the number 4, but only 1 were given",
    "UPDATE workspaces SET group_seq = 0": "a group has the number 1, but only 0 were given",
    "UPDATE member_buckets SET members = members + 1": "page index, part 0: 5 on record, 4 really",
    "DELETE FROM group_buckets": "page index of groups, part 0: 0 on record, 1 really",
    "DELETE FROM member_counts WHERE role = 'maker'": "members counted as maker, manual, active: 0 on record, 1 really",
    "UPDATE members SET status = 'removed' WHERE user_name LIKE 'alan%'": "1 places in groups belong to nobody",
    "DELETE FROM search_terms WHERE term LIKE 'alan%'": "search does not know 1 members by their names",
    "UPDATE search_terms SET term = 'x' WHERE kind = 'group'": "search does not know 1 groups by their names",
    "UPDATE search_terms SET subject_id = 'x' WHERE term LIKE 'ada l%'": "search knows 1 names of nobody",
    "UPDATE audit_entries SET actor_label = 'x' WHERE seq = 3": "entry 3 of the audit log was altered or is missing",
    "UPDATE workspaces SET audit_seq = audit_seq + 1": "of the audit log was altered or is missing",
}


def test_each_thing_that_does_not_hold_is_named(app, cast):
    with factories.inside(app, "acme") as ctx:
        group = groups.create(ctx, {"display_name": "Makers"})
        groups.add_members(ctx, group, [cast.alan.id, cast.mary.id])
        members.update_member(ctx, ctx.session.get_one(Member, cast.mary.id), {"family_name": "Godwin"})
    for statement, sentence in STATEMENTS.items():
        with factories.inside(app, "acme") as ctx:
            assert list(invariants.broken(ctx)) == [], statement
            own = "id" if statement.startswith("UPDATE workspaces") else "workspace_id"
            narrowed = f"{statement} {'AND' if 'WHERE' in statement else 'WHERE'} {own} = :workspace"
            with unguarded(ctx.session):
                ctx.session.execute(text(narrowed), {"workspace": ctx.workspace.id})
            ctx.session.expire_all()
            assert sentence in "\n".join(invariants.broken(ctx)), statement
            ctx.session.rollback()


def test_repair_makes_anew_what_can_be_made_and_says_what_was(app, cast):
    with factories.inside(app, "acme") as ctx:
        groups.create(ctx, {"display_name": "Makers"})
        assert repair.repair(ctx) == []
        entries = ctx.workspace.audit_seq
        own = [
            (statement, sentence)
            for statement, sentence in STATEMENTS.items()
            if not any(word in statement for word in ("audit", "removed"))
        ]
        for statement, _sentence in own:
            ctx.session.execute(text(statement))
        ctx.session.expire_all()
        said = "\n".join(repair.repair(ctx))
        assert "members counted as" in said
        assert "search does not know" in said
        ctx.session.expire_all()
        assert list(invariants.broken(ctx)) == []
        assert ctx.workspace.audit_seq == entries + 1
        assert set(ctx.session.scalars(search.matches(ctx, "member", "alan"))) == {cast.alan.id}
