"""How filters run: by which index, and with which letters equal."""

from __future__ import annotations

import re
import sys

from sqlalchemy import Text, literal, select, text, union_all

from portal.domain import groups
from portal.domain.context import Context
from portal.domain.texts import fold as fold_in_python
from portal.models import Member
from portal.scim import resources
from portal.scim.filters.sql import fold
from portal.scim.paging import Listing
from tests.scim.population import BASE, add_members, statements


def plan(ctx: Context, kind: str, filter_: str) -> str:
    """How the database goes about the first page of the list."""
    found = resources.build(ctx.profile).of(kind)
    assert found is not None
    with statements() as noted:
        Listing.of(ctx, found, BASE, {"filter": filter_}).rows(1, 100)
    sql, values = noted[-1]
    explain = "EXPLAIN" if ctx.session.get_bind().dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    rows = ctx.session.connection().exec_driver_sql(f"{explain} {sql}", values)
    return "\n".join(str(part) for row in rows for part in row)


BY_ID, NAMES = "pk_members|sqlite_autoindex_members_1", "pk_search_terms|sqlite_autoindex_search_terms_1"
LOOK_UPS = {
    'userName eq "PERSON1234@acme.example"': "uq_members_user_name",
    'userName eq "person1234@acme.example" and active eq true': "uq_members_user_name",
    'externalId eq "00u12"': "ix_members_external_id",
    'id eq "{member}"': BY_ID,
    'emails.value eq "PERSON1234@acme.example"': NAMES,
    'emails[type eq "work" and value eq "person1234@acme.example"]': NAMES,
    'name.familyName eq "nobody" and title pr': NAMES,
    'displayName sw "given 77"': NAMES,
    "active eq false": "ix_members_status",
    'meta.lastModified gt "2999-01-01T00:00:00Z"': "ix_members_modified_at",
    'groups.value eq "{group}"': "pk_group_members|sqlite_autoindex_group_members_1",
}


def test_look_ups_use_an_index(ctx: Context) -> None:
    for number in range(40):
        add_members(ctx, 50, external_id=f"00u{number}", attributes={"nickName": "x"})
    everyone = list(ctx.session.scalars(select(Member.id)))
    teams = [groups.create(ctx, {"display_name": f"Team {number}"}) for number in range(12)]
    for number, team in enumerate(teams):
        groups.add_members(ctx, team, everyone[number * 100 : number * 100 + 400])  # so many that walking all would cost more
    if ctx.session.get_bind().dialect.name == "postgresql":  # which counts by itself, though not at once
        ctx.session.execute(text("ANALYZE"))
    for look_up, index in LOOK_UPS.items():
        way = plan(ctx, "User", look_up.format(group=teams[7].id, member=everyone[7]))
        assert re.search(index, way), look_up
        assert index != NAMES or re.search(BY_ID, way), look_up
    assert re.search("ix_group_members_member_id", plan(ctx, "Group", f'members.value eq "{everyone[7]}"'))
    assert not re.search("uq_members_user_name|search_terms", plan(ctx, "User", 'nickName eq "y"'))


def test_letters_that_are_equal_whatever_their_case_are_equal_in_sql(ctx: Context) -> None:
    """Each character equals its own folding, its upper and its lower case, in composed and decomposed form."""
    cases = []
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        folded = fold_in_python(char)
        if not 0xD800 <= code <= 0xDFFF and folded != char:
            cases.append((char, folded))
    unlike = []
    for begin in range(0, len(cases), 200):
        parts = [select(literal(a, Text).label("a"), literal(b, Text).label("b")) for a, b in cases[begin : begin + 200]]
        pairs = union_all(*parts).subquery()
        unlike += list(ctx.session.scalars(select(pairs.c.a).where(fold(pairs.c.a) != fold(pairs.c.b))))
    assert unlike == []
