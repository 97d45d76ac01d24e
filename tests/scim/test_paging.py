"""Pages by index (RFC 7644 §3.4.2.4) and by cursor (RFC 9865): right, stable under writes, and no dearer at the end of a long list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.domain import directory, groups, members
from portal.domain.context import Context
from portal.models import Member
from portal.scim import cursors, paging, resources
from portal.scim.errors import InvalidValue
from portal.scim.paging import Listing, Page, Window
from tests import factories
from tests.scim.population import BASE, add_members, statements

Ask = Callable[..., Page]


@pytest.fixture
def ask(app: Flask, ctx: Context) -> Ask:
    """Asks for a page of users, or of groups: `ask(startIndex=1, filter='…')`."""

    def ask(of: str = "User", at: Context = ctx, **asked: Any) -> Page:
        kind = resources.build(ctx.profile).of(of)
        assert kind is not None
        return Listing.of(at, kind, BASE, asked).page(Window.of(asked), app.config["VAULT"])

    return ask


def ids(page: Page) -> list[str]:
    return [row.id for row in page.rows]


PAGES: list[tuple[dict[str, Any], int, int]] = [
    ({}, 1, 100),
    ({"startIndex": "1", "count": "2"}, 1, 2),
    ({"startIndex": 3, "count": 4}, 3, 4),
    ({"startIndex": "+3", "count": " 4 "}, 3, 4),
    ({"startIndex": 0, "count": 1}, 1, 1),
    ({"startIndex": -7, "count": 1}, 1, 1),
    ({"count": 0}, 1, 0),
    ({"count": -5}, 1, 0),
    ({"count": "1000000"}, 1, 130),
    ({"startIndex": 100, "count": 100}, 100, 31),
    ({"startIndex": 130}, 130, 1),
    ({"startIndex": 131}, 131, 0),
    ({"startIndex": "999999999999999999"}, 999999999999999999, 0),
]


@pytest.mark.parametrize("filtered", [{}, {"filter": "userName pr"}, {"sortBy": "meta.created"}], ids=["all", "filtered", "sorted"])
def test_a_page_by_index(ctx: Context, ask: Ask, filtered: dict[str, str]) -> None:
    wanted = add_members(ctx, 130)
    for asked, first, length in PAGES:
        page = ask(**asked, **filtered)
        assert ids(page) == wanted[first - 1 : first - 1 + length], asked
        assert page.figures() == {"totalResults": 130, "startIndex": first, "itemsPerPage": length}, asked


@pytest.mark.parametrize("name", ["startIndex", "count"])
@pytest.mark.parametrize("value", ["", "one", "1.5", "1e3", "0x1", "１", "9" * 30, 1.0, True, [1], {}])
def test_a_figure_that_is_none_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(InvalidValue, match=f"^{name} is a whole number"):
        Window.of({name: value})


def test_no_page_holds_more_than_is_announced(ctx: Context, ask: Ask) -> None:
    wanted = add_members(ctx, paging.MAX_COUNT + 5)
    page = ask(count=5000)
    assert (ids(page), page.total) == (wanted[: paging.MAX_COUNT], paging.MAX_COUNT + 5)


def test_an_empty_list_is_a_page(ask: Ask) -> None:
    empty = {"totalResults": 0, "startIndex": 1, "itemsPerPage": 0}
    assert ask().figures() == ask(filter='userName eq "nobody"').figures() == ask("Group").figures() == empty


def test_pages_of_a_list_with_gaps_hold_everyone_once(ctx: Context, ask: Ask) -> None:
    """Removed members fill a bucket and parts of others; pages cross its borders."""
    everyone = add_members(ctx, 1700)
    gone = {*everyone[500:1100], *everyone[::3]}
    for member in [ctx.session.get_one(Member, key) for key in gone]:
        member.status, member.user_name_folded = "removed", None
        directory.count_member(ctx, member, -1)
    ctx.session.flush()
    left = [key for key in everyone if key not in gone]
    assert [key for start in range(1, len(left) + 1, 97) for key in ids(ask(startIndex=start, count=97))] == left
    for start in (1, 333, 334, 500, len(left), len(left) + 1):
        page = ask(startIndex=start, count=3)
        assert (ids(page), page.total) == (left[start - 1 : start + 2], len(left))


def test_a_write_moves_nobody_to_another_page(ctx: Context, ask: Ask) -> None:
    wanted = add_members(ctx, 6)
    first = ids(ask(startIndex=1, count=3))
    members.update_member(ctx, ctx.session.get_one(Member, wanted[5]), {"given_name": "Zed"})
    members.update_member(ctx, ctx.session.get_one(Member, wanted[0]), {"active": False})
    members.create(ctx, {"user_name": "new@acme.example"}, source="scim")
    second = ask(startIndex=4, count=3)
    assert first + ids(second) == wanted
    assert second.total == 7


def test_groups_have_pages_too(ctx: Context, ask: Ask) -> None:
    wanted = [groups.create(ctx, {"display_name": f"Group {number}"}).id for number in range(5)]
    page = ask("Group", startIndex=2, count=2)
    assert (ids(page), page.total) == (wanted[1:3], 5)
    assert ids(ask("Group", count=10, filter='displayName co "3"')) == [wanted[3]]


def walk(ask: Ask, **asked: Any) -> list[Page]:
    """Every page by cursor, from an empty one to the end."""
    pages = [ask(cursor="", **asked)]
    while pages[-1].next_cursor:
        pages.append(ask(cursor=pages[-1].next_cursor, **asked))
    return pages


@pytest.mark.parametrize(
    "asked", [{}, {"filter": 'name.familyName ne "Family3"'}, {"sortBy": "name.familyName", "sortOrder": "descending"}]
)
def test_cursors_lead_through_the_list_and_back(ctx: Context, ask: Ask, asked: dict[str, Any]) -> None:
    add_members(ctx, 23)
    wanted = ids(ask(**asked))
    pages = walk(ask, count=5, **asked)
    assert [key for page in pages for key in ids(page)] == wanted
    assert all(page.total == len(wanted) and page.start is None for page in pages)
    assert not pages[0].previous_cursor
    back = ask(cursor=pages[-1].previous_cursor, count=5, **asked)
    assert ids(back) == ids(pages[-2])
    assert ids(ask(cursor=back.next_cursor, count=5, **asked)) == ids(pages[-1])
    again = ask(cursor=pages[1].previous_cursor, count=5, **asked)
    assert ids(again) == ids(pages[0])
    assert not again.previous_cursor
    assert set(pages[0].figures()) == {"totalResults", "itemsPerPage", "nextCursor"}
    assert set(pages[1].figures()) == {"totalResults", "itemsPerPage", "nextCursor", "previousCursor"}


@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_cursors_lead_through_any_order(ctx: Context, ask: Ask, order: str) -> None:
    for kept in ({}, {"nickName": "ß"}, {"shoeSize": 43.5}, {"nickName": "Ada", "shoeSize": "44"}, {"nickName": ""}, {"shoeSize": 9}):
        add_members(ctx, 2, attributes=kept)
        ctx.now += timedelta(seconds=1)
    for by in ("meta.lastModified", "active", "id", "emails.value", "nickName", "shoeSize", "groups.display"):
        asked = {"sortBy": by, "sortOrder": order}
        assert [key for page in walk(ask, count=1, **asked) for key in ids(page)] == ids(ask(**asked)), by


def test_a_cursor_loses_and_doubles_nobody_under_writes(ctx: Context, ask: Ask) -> None:
    wanted = add_members(ctx, 6)
    first = ask(cursor="", count=2)
    members.remove(ctx, ctx.session.get_one(Member, wanted[1]))
    members.remove(ctx, ctx.session.get_one(Member, wanted[2]))
    (new,) = add_members(ctx, 1)
    assert ids(ask(cursor=first.next_cursor, count=9)) == [*wanted[3:], new]


def test_a_cursor_fits_its_own_list_only(app: Flask, ctx: Context, ask: Ask) -> None:
    add_members(ctx, 3)
    cursor = ask(cursor="", count=1).next_cursor
    assert cursor.replace("-", "").replace("_", "").isalnum()
    for changed in ({"filter": "userName pr"}, {"sortBy": "userName"}, {"of": "Group"}):
        with pytest.raises(cursors.InvalidCursor, match="another request"):
            ask(cursor=cursor, **changed)
    for wrong in ("x", "ä", cursor[:-1], cursor + "A", "A" * 20_000, cursor.swapcase()):
        with pytest.raises(cursors.InvalidCursor, match="not one that was given out"):
            ask(cursor=wrong)
    later = replace(ctx, now=ctx.now + cursors.LIFE - timedelta(seconds=1))
    assert ask(cursor=cursor, at=later).rows
    with pytest.raises(cursors.ExpiredCursor, match="expired"):
        ask(cursor=cursor, at=replace(ctx, now=ctx.now + cursors.LIFE + timedelta(seconds=1)))


def test_a_cursor_of_one_workspace_opens_nothing_of_another(app: Flask, ctx: Context, ask: Ask) -> None:
    add_members(ctx, 3)
    cursor = ask(cursor="", count=1).next_cursor
    ctx.session.commit()
    factories.make_workspace(app, "globex", "Globex")
    with factories.inside(app, "globex") as other, pytest.raises(cursors.InvalidCursor):
        ask(at=other, cursor=cursor)


@pytest.mark.parametrize("count", [0, -1, "0", "x", 1.5])
def test_a_cursor_page_needs_a_count(count: object) -> None:
    with pytest.raises(cursors.InvalidCount, match="count"):
        Window.of({"cursor": "", "count": count})


def test_no_page_costs_more_in_a_larger_workspace(ctx: Context, ask: Ask) -> None:
    """As many statements for 10 members as for 2,000, and none that skips more rows than a bucket holds."""

    def costs(size: int) -> list[int]:
        asked: list[dict[str, Any]] = [
            {"count": 0},
            {"count": 5},
            {"startIndex": size - 5, "count": 5},
            {"cursor": "", "count": 5},
            {"filter": 'userName eq "x"'},
        ]
        ran = []
        for one in asked:
            with statements() as noted:
                ask(**one)
            ran.append(len(noted))
        return ran

    add_members(ctx, 10)
    small = costs(10)
    add_members(ctx, 1990)
    assert costs(2000) == small == [1, 2, 3, 2, 1]
    with statements() as noted:
        assert len(ask(startIndex=1900, count=50).rows) == 50
    values = next(one for one in noted if "members.seq >=" in one[0])[1]
    numbers = values.values() if isinstance(values, dict) else values
    assert sorted(value for value in numbers if isinstance(value, int))[:2] == [50, 1900 - 3 * directory.BUCKET]
