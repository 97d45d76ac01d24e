"""The members list: pages, filters, search and counts, whatever the size of the workspace."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from portal.domain import directory, groups, members, roles, roster, search
from portal.domain.roster import Filter
from portal.extensions import db
from portal.models import Member, MemberCount
from tests import factories


def names(found: roster.Found) -> list[str]:
    return [members.label(member) for member in found.page.rows]


def test_the_latest_come_first_and_the_other_workspace_stays_out(app: Flask, cast):
    with factories.inside(app, "acme") as ctx:
        found = roster.find(ctx, Filter())
        assert names(found) == ["Mary Shelley", "Alan Turing", "Grace Hopper", "Ada Lovelace"]
        assert found.total == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ada", ["Ada Lovelace"]),
        ("ADA LOVE", ["Ada Lovelace"]),
        ("lovelace ada", ["Ada Lovelace"]),
        ("  love  ", ["Ada Lovelace"]),
        ("alan@acme", ["Alan Turing"]),
        ("a", ["Alan Turing", "Ada Lovelace"]),
        ("da", []),
        ("hank", []),
        ("%", []),
        ("a\x00", []),
        ("\ud800", []),
        ("a" * 5000, []),
    ],
)
def test_search_finds_by_the_beginning_of_a_word_in_any_letter_case(app: Flask, cast, text, expected):
    with factories.inside(app, "acme") as ctx:
        found = roster.find(ctx, Filter(text=text))
        assert (names(found), found.total, found.capped) == (expected, len(expected), False)


def test_search_follows_a_change_and_a_removal(app: Flask, cast):
    with factories.inside(app, "acme") as ctx:
        alan = members.get(ctx, cast.alan.id)
        members.update_member(ctx, alan, {"family_name": "Öz van der Berg", "display_name": ""})
        for text in ("öz van", "ÖZ", "der b", "berg", "alan@"):
            assert names(roster.find(ctx, Filter(text=text))) == ["Alan Öz van der Berg"], text
        assert names(roster.find(ctx, Filter(text="turing"))) == []
        members.remove(ctx, alan)
        assert names(roster.find(ctx, Filter(text="öz"))) == []


def test_filters_narrow_alone_and_together(app: Flask, cast):
    with factories.inside(app, "acme") as ctx:
        custom = roles.create_custom(ctx, name="Auditor", base_role="maker", restricted_apps=[])
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"role": custom.id})
        members.create(ctx, {"user_name": "okta-made", "role": "maker"}, source="scim")
        members.create(ctx, {"user_name": "sso-made", "active": False}, source="sso")
        cases = {
            Filter(role="maker"): ["okta-made"],
            Filter(role=custom.id): ["Alan Turing"],
            Filter(status="inactive"): ["sso-made"],
            Filter(origin="okta"): ["okta-made"],
            Filter(origin="sso"): ["sso-made"],
            Filter(origin="manual", role="admin"): ["Grace Hopper", "Ada Lovelace"],
            Filter(origin="manual", status="inactive"): [],
            Filter(role="contributor", status="active"): ["Mary Shelley"],
            Filter(text="a", role="admin"): ["Ada Lovelace"],
            Filter(text="sso", status="active"): [],
            Filter(role="no such role"): [],
            Filter(status="removed"): [],
            Filter(origin="elsewhere"): [],
        }
        for narrow, expected in cases.items():
            found = roster.find(ctx, narrow)
            assert (names(found), found.total) == (expected, len(expected)), narrow


def test_the_counts_stay_true_through_every_way_in_and_out(app: Flask, cast):
    with factories.inside(app, "acme") as ctx:
        custom = roles.create_custom(ctx, name="Auditor", base_role="maker", restricted_apps=[])
        alan, mary = members.get(ctx, cast.alan.id), members.get(ctx, cast.mary.id)
        members.update_member(ctx, alan, {"role": custom.id, "provisioned": True})
        members.update_member(ctx, mary, {"active": False})
        roles.update_custom(ctx, custom, name="Auditor", base_role="viewer", restricted_apps=[])
        gone = members.create(ctx, {"user_name": "gone"}, source="scim")
        members.remove(ctx, gone)
        ctx.session.flush()
        rows = ctx.session.scalars(select(MemberCount).where(MemberCount.workspace_id == ctx.workspace.id))
        counts = {(row.role, row.custom_role_id, row.origin, row.status): row.members for row in rows}
        true: dict[object, int] = {}
        for member in ctx.session.scalars(select(Member).where(Member.workspace_id == ctx.workspace.id)):
            key = directory.facet(member)
            if key:
                true[key] = true.get(key, 0) + 1
        assert {key: number for key, number in counts.items() if number} == true
        assert roster.by_role(ctx)["viewer", custom.id] == {"active": 1, "inactive": 0}


def test_pages_lead_forth_and_back_without_losing_anyone(app: Flask, cast):
    with factories.inside(app, "acme") as ctx:
        for number in range(120):
            members.create(ctx, {"user_name": f"person-{number:03}"}, source="scim" if number % 2 else "manual")
        seen, after, sizes = [], "", []
        while True:
            page = roster.find(ctx, Filter(status="active"), after=after).page
            seen += [member.user_name for member in page.rows]
            sizes.append(len(page.rows))
            if not page.after:
                break
            after = page.after
        assert sizes == [50, 50, 24]
        assert seen == list(
            ctx.session.scalars(select(Member.user_name).where(Member.workspace_id == ctx.workspace.id).order_by(Member.seq.desc()))
        )
        back = roster.find(ctx, Filter(status="active"), before=page.rows[0].id).page
        assert [member.user_name for member in back.rows] == seen[50:100]
        first = roster.find(ctx, Filter(status="active"), before=back.before).page
        assert [member.user_name for member in first.rows] == seen[:50]
        assert (first.before, bool(first.after)) == ("", True)


def test_an_unknown_or_foreign_place_in_the_list_is_its_beginning(app: Flask, cast):
    with factories.inside(app, "acme") as ctx:
        everyone = names(roster.find(ctx, Filter()))
        for place in (cast.hank.id, "x", "\x00", "a" * 500):
            assert names(roster.find(ctx, Filter(), after=place)) == everyone
            assert names(roster.find(ctx, Filter(), before=place)) == everyone


def test_a_page_asks_no_more_of_the_database_when_there_are_more_members(app: Flask, cast):
    def cost(narrow: Filter) -> int:
        counted: list[str] = []
        with factories.inside(app, "acme") as ctx:

            def note(_connection, _cursor, statement, *_rest):
                counted.append(statement)

            event.listen(db.engine, "before_cursor_execute", note)
            try:
                roster.find(ctx, narrow)
            finally:
                event.remove(db.engine, "before_cursor_execute", note)
        return len(counted)

    few = [cost(Filter()), cost(Filter(text="a")), cost(Filter(role="maker"))]
    with factories.inside(app, "acme") as ctx:
        for number in range(200):
            members.create(ctx, {"user_name": f"a-{number}"}, source="manual")
    assert [cost(Filter()), cost(Filter(text="a")), cost(Filter(role="maker"))] == few == [2, 3, 2]


def test_a_search_that_meets_too_many_says_so(app: Flask, cast, monkeypatch):
    monkeypatch.setattr("portal.domain.search.MOST", 3)
    with factories.inside(app, "acme") as ctx:
        for number in range(5):
            members.create(ctx, {"user_name": f"same-{number}"}, source="manual")
        found = roster.find(ctx, Filter(text="same"))
        assert found.capped
        assert not roster.find(ctx, Filter(text="same-1")).capped


def test_groups_are_found_by_their_names(app: Flask, cast):
    with factories.inside(app, "acme") as ctx:
        group = groups.create(ctx, {"display_name": "Design systems"})

        def found(text: str) -> list[str]:
            return list(ctx.session.scalars(search.matches(ctx, "group", text)))

        assert found("sys") == found("DESIGN") == [group.id]
        groups.update_group(ctx, group, {"display_name": "Brand"})
        assert (found("design"), found("bra")) == ([], [group.id])
        groups.remove(ctx, group)
        assert found("bra") == []
        assert ctx.session.scalar(select(func.count()).select_from(Member)) == 5
