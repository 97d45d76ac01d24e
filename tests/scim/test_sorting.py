"""sortBy and sortOrder of RFC 7644 §3.4.2.3, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.domain import groups
from portal.domain.context import Context
from portal.models import Member
from portal.scim import resources
from portal.scim.errors import InvalidPath, InvalidValue
from portal.scim.paging import Listing
from portal.scim.stored import Stored
from tests import factories
from tests.scim.population import BASE, add_members

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PEOPLE: list[dict[str, Any]] = [
    {
        "user_name": "ada@x", "given_name": "Ada", "family_name": "Lovelace", "title": "analyst", "department": "B",
        "attributes": {
            "nickName": "countess", "shoe": 37, "tags": ["b", "a"], "urn:x:y": {"level": 2}, "name": {"middleName": "Z"},
            "phoneNumbers": [{"value": "2", "type": "work"}, {"value": "9", "type": "home", "primary": True}],
        },
    },
    {
        "user_name": "Bob@x", "given_name": "bob", "family_name": "Åse", "title": "Zoologist", "department": "", "status": "inactive",
        "attributes": {
            "nickName": "Bobby", "shoe": 100, "tags": ["c"], "urn:x:y": {"level": 10}, "phoneNumbers": [{"value": "3"}, {"value": "1"}],
        },
    },
    {
        "user_name": "cid@x", "given_name": "", "family_name": "lovelace",
        "attributes": {"shoe": "9", "tags": [], "name": {"middleName": "a"}},
    },
    {
        "user_name": "Dee@x", "given_name": "Émile", "family_name": "Zola", "title": "", "department": "a",
        "attributes": {"nickName": "", "shoe": True},
    },
]  # fmt: skip


def _name(ctx: Context, row: Stored) -> str:
    return ctx.session.get_one(Member, row.id).user_name


@pytest.fixture
def ctx(app: Flask) -> Iterator[Context]:
    """A workspace with PEOPLE, each a second younger than the one before."""
    factories.make_workspace(app, "acme", "Acme")
    with factories.inside(app, "acme") as ctx:
        for person in PEOPLE:
            add_members(ctx, 1, **person)
            ctx.now += timedelta(seconds=1)
        yield ctx
        ctx.session.rollback()


@pytest.fixture
def order_of(ctx: Context) -> Callable[..., str]:
    """The initials of the people in the order asked for."""

    def order_of(sort_by: str, sort_order: str = "ascending") -> str:
        asked = {"sortBy": sort_by, "sortOrder": sort_order}
        rows = Listing.of(ctx, resources.build(ctx.profile).user, BASE, asked).rows(1, 100)
        return "".join(_name(ctx, row)[0] for row in rows)

    return order_of


ASCENDING = {
    "userName": "aBcD",
    "USERNAME": "aBcD",
    "urn:ietf:params:scim:schemas:core:2.0:User:userName": "aBcD",
    "name.familyName": "acDB",
    "name.givenName": "aBDc",
    "name.middleName": "caBD",
    "title": "aBcD",
    "displayName": "aBcD",
    "active": "BacD",
    "meta.created": "aBcD",
    "meta.lastModified": "aBcD",
    "nickName": "BacD",
    "phoneNumbers": "BacD",
    "phoneNumbers.value": "BacD",
    "phoneNumbers.type": "aBcD",
    "emails": "aBcD",
    "emails.value": "aBcD",
    f"{ENTERPRISE}:department": "DaBc",
    "urn:x:y:level": "aBcD",
    "tags": "aBcD",
    "shoe": "cDaB",
    "nobodyHasThis": "aBcD",
    "urn:nobody:has:this": "aBcD",
}


def test_lists_are_sorted_by_any_attribute(order_of: Callable[..., str]) -> None:
    """Text by folded letters, numbers by size, of several values the primary one, else the first; who has none comes last."""
    assert {name: order_of(name) for name in ASCENDING} == ASCENDING


DESCENDING = {
    "userName": "DcBa",
    "name.familyName": "BDac",
    "name.givenName": "cDBa",
    "title": "cDBa",
    "phoneNumbers": "cDaB",
    "meta.created": "DcBa",
    "active": "acDB",
    "nobodyHasThis": "aBcD",
}


def test_descending_lists_begin_with_those_who_have_no_value(order_of: Callable[..., str]) -> None:
    assert {name: order_of(name, "Descending") for name in DESCENDING} == DESCENDING


def test_groups_are_sorted(ctx: Context) -> None:
    by_name = {name: groups.create(ctx, {"display_name": name}) for name in ("b", "C", "a")}
    people = list(ctx.session.query(Member).order_by(Member.seq))
    groups.add_members(ctx, by_name["b"], [people[1].id])
    groups.add_members(ctx, by_name["C"], [people[0].id])
    kind = resources.build(ctx.profile).group

    def names(**asked: str) -> str:
        return "".join(row.display_name for row in Listing.of(ctx, kind, BASE, asked).rows(1, 100))

    assert names() == "bCa"
    assert names(sortBy="displayName") == "abC"
    assert names(sortBy="members.display", sortOrder="descending") == "abC"
    users = Listing.of(ctx, resources.build(ctx.profile).user, BASE, {"sortBy": "groups.display"}).rows(1, 100)
    assert [_name(ctx, row) for row in users] == ["Bob@x", "ada@x", "cid@x", "Dee@x"]


@pytest.mark.parametrize(
    ("asked", "refusal", "words"),
    [
        ({"sortBy": "name"}, InvalidPath, "name.formatted"),
        ({"sortBy": "meta"}, InvalidPath, "meta.resourceType"),
        ({"sortBy": "addresses"}, InvalidPath, "addresses.formatted"),
        ({"sortBy": "a b"}, InvalidPath, "at character 3"),
        ({"sortBy": 'emails[type eq "work"]'}, InvalidPath, "names an attribute"),
        ({"sortBy": ENTERPRISE}, InvalidPath, "names an attribute"),
        ({"sortBy": "password"}, InvalidPath, "password"),
        ({"sortBy": "userName", "sortOrder": "up"}, InvalidValue, "“ascending” or “descending”"),
        ({"sortBy": 5}, InvalidValue, "sortBy is text"),
        ({"filter": ["userName pr"]}, InvalidValue, "filter is text"),
    ],
)
def test_an_order_that_cannot_be_is_refused(ctx: Context, asked: dict[str, Any], refusal: type[Exception], words: str) -> None:
    with pytest.raises(refusal, match=words):
        Listing.of(ctx, resources.build(ctx.profile).user, BASE, asked)
