"""Who is put into a group: everybody who is asked for, or nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select

from portal.domain import groups
from portal.domain.errors import Invalid
from portal.models import GroupMember
from portal.models.base import new_id
from tests import factories


@pytest.mark.parametrize("verb", [groups.add_members, groups.replace_members])
@pytest.mark.parametrize("stranger", ["of another workspace", "of none"])
def test_a_stranger_among_many_is_refused_before_anything_is_written(app, cast, verb, stranger, monkeypatch):
    monkeypatch.setattr(groups, "BATCH", 1)  # the stranger comes in a later statement than a member
    with factories.inside(app, "acme") as ctx:
        group = groups.create(ctx, {"display_name": "Design"})
        groups.add_members(ctx, group, [cast.alan.id])
        version = group.version
        ctx.session.flush()
        unknown = cast.hank.id if stranger == "of another workspace" else new_id()
        written: list[str] = []

        def note(_connection, _cursor, statement, *_rest, seen=written):
            seen.extend([statement] if statement.split(maxsplit=1)[0] in ("INSERT", "UPDATE", "DELETE") else [])

        engine = ctx.session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        with pytest.raises(Invalid, match="1 of the members is not in this workspace"):
            verb(ctx, group, [cast.mary.id, unknown])
        ctx.session.flush()
        event.remove(engine, "before_cursor_execute", note)
        assert [statement for statement in written if "group_members" in statement] == []
        assert (list(ctx.session.new), list(ctx.session.dirty), group.version) == ([], [], version)
        assert ctx.session.scalar(select(func.count()).where(GroupMember.group_id == group.id)) == 1
        assert groups.add_members(ctx, group, [cast.mary.id, cast.alan.id]) == 1


def test_one_stranger_alone_is_refused(app, cast):
    with factories.inside(app, "acme") as ctx:
        group = groups.create(ctx, {"display_name": "Design"})
        with pytest.raises(Invalid):
            groups.add_members(ctx, group, [cast.hank.id])
        assert groups.count(ctx, group) == 0
        assert groups.add_members(ctx, group, [cast.alan.id]) == 1
        assert groups.add_members(ctx, group, [cast.alan.id]) == 0
