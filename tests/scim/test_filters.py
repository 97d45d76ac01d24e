"""Whom filters find in SQL, on both databases, and in the documents that clients see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from portal.domain.context import Context
from portal.scim import resources
from portal.scim.attributes import ENTERPRISE_URN, USER_URN
from portal.scim.filters import parse_filter
from tests.scim.finding import expected, found, peopled
from tests.scim.people import ODD, OKTA, documents


@pytest.fixture
def ctx(app: Flask) -> Iterator[Context]:
    """The workspace acme with the people of `people`."""
    with peopled(app) as ctx:
        yield ctx


# Who is found, by initial: Ada, bob, Čeněk, dee, eve, Hand.
TABLE = {
    'userName eq "ada@ACME.example"': "A",
    'userName eq "ČENĚK ω"': "Č",
    'userName ne "bob"': "AČdeh",
    'userName co "@"': "Adeh",
    'userName sw "ADA@"': "A",
    'userName ew ".EXAMPLE"': "Adeh",
    'userName co "%"': "",
    'userName gt "bob"': "Čdeh",
    'userName ge "BOB"': "bČdeh",
    'userName lt "bob"': "A",
    'userName le "bob" and not (userName lt "bob")': "b",
    "userName pr": "AbČdeh",
    "userName eq null": "",
    f'{USER_URN}:userName sw "a"': "A",
    'externalId eq "00uAda"': "A",
    'externalId eq "00uada"': "",
    "externalId pr": "Abh",
    'id eq "nothing"': "",
    'name.familyName eq "STRASSE"': "b",
    'name.familyName co "ß"': "b",
    "name.familyName pr": "Abh",
    'name[givenName eq "ada" and familyName sw "love"]': "A",
    'name.middleName eq "king"': "A",
    'name.formatted co "countess"': "A",
    "name pr": "AbČh",
    'displayName co "lovelace"': "A",
    "displayName pr": "AbČh",
    "title pr": "Ah",
    "title eq null": "bČde",
    'title ne "analyst"': "bČdeh",
    'nickName eq "straße"': "b",
    'nickName co "V"': "e",
    "nickName pr": "Abe",
    'locale eq "DE_de"': "b",
    "active eq true": "AČeh",
    "active eq false": "b",
    'active eq "False"': "b",
    "active ne true": "bd",
    "active pr": "AbČeh",
    'emails eq "ADA@home.example"': "A",
    'emails.value eq "ADA@home.example"': "A",
    'emails[type eq "work" and value co "@acme"]': "AČh",
    'emails[type eq "home" and value co "@acme"]': "",
    'emails[type eq "work"].value ew "acme.example"': "AČh",
    'emails[not (type pr)].value eq "bob@acme.example"': "b",
    'emails.value eq "changed@acme.example"': "Č",
    'emails.value eq "c@acme.example"': "",
    'emails[value eq "d@acme.example"].type eq "other"': "Č",
    "emails.primary eq true": "Ah",
    "emails pr": "AbČh",
    "emails eq null": "de",
    "phoneNumbers[primary eq true and value eq \"2\"]": "A",
    'phoneNumbers.type ne "mobile"': "bČdeh",
    'addresses[type eq "work"].country eq "cz"': "Č",
    'addresses[locality eq "Brno" and primary eq true]': "",
    'roles eq "maker"': "Ab",
    'roles.value eq "viewer"': "",
    'roles.value eq "admin"': "Č",
    'roles[primary eq true].value eq "contributor"': "eh",
    'roles[type eq "app"]': "A",
    "roles pr": "AbČeh",
    'entitlements eq "E1"': "b",
    'entitlements[primary eq true].value eq "e2"': "b",
    'groups.display eq "ENGINEERS"': "A",
    'groups.display co "engine"': "Ab",
    "groups pr": "Ab",
    'groups[display eq "engineers" and type eq "direct"]': "A",
    'groups.$ref co "/Groups/"': "Ab",
    f'{ENTERPRISE_URN}:department eq "engines"': "A",
    f'{ENTERPRISE_URN}:employeeNumber gt "18"': "A",
    f'{ENTERPRISE_URN}:costCenter eq "4%_\\\\"': "b",
    f'{ENTERPRISE_URN}:costCenter co "%_"': "b",
    f'{ENTERPRISE_URN}:manager.displayName eq "babbage"': "A",
    f'{ENTERPRISE_URN}:manager.displayName pr': "AbČh",
    f'{ENTERPRISE_URN}:manager eq "b"': "A",
    f"{ENTERPRISE_URN} pr": "AbČh",
    f'schemas eq "{ENTERPRISE_URN}"': "AbČh",
    f'schemas eq "{ODD}"': "Ab",
    f'schemas eq "{USER_URN}"': "AbČdeh",
    f"{ODD}:level eq 3": "A",
    f'{ODD}:level eq "3"': "b",
    f'{ODD}:tags eq "b"': "A",
    f'{ODD}:tags eq "a"': "Ab",
    f"{ODD}:deep.flag eq true": "A",
    f"{ODD} pr": "Ab",
    "shoeSize ge 43.5": "bČ",
    "shoeSize lt 0": "d",
    'shoeSize eq "44"': "",
    "lefty eq false": "d",
    'tags eq "y"': "Č",
    "tags eq 3": "Č",
    "tags pr": "Č",
    'tags[value eq "x"]': "Č",
    'PETS.TYPE eq "OLD"': "d",
    'pets eq "cat"': "d",
    'nobodyHasThis eq "x"': "",
    'nobodyHasThis ne "x"': "AbČdeh",
    'meta.resourceType eq "User"': "AbČdeh",
    'meta.resourceType eq "user"': "",
    'meta.created gt "2020-01-01T00:00:00Z"': "AbČdeh",
    'meta.created lt "9999-12-31T23:59:59.999999Z"': "AbČdeh",
    'meta.lastModified le "2020-01-01"': "",
    "meta.version eq \"W/\\\"1\\\"\"": "h",
    'meta.location sw "http://acme.portal.localhost:5000/scim/v2/Users/"': "AbČdeh",
    "meta pr": "AbČdeh",
    'userName eq "bob" or userName eq "dee@acme.example" and title pr': "b",
    'not (userName eq "bob" or active eq true)': "d",
}  # fmt: skip


def test_filters_find_whom_they_should(ctx: Context) -> None:
    kind = resources.build(ctx.profile).user
    shown = documents(ctx, kind)
    initials = {document["id"]: document["userName"][0] for document in shown}
    assert "".join(initials.values()) == "AbČdeh"
    by_sql = {text: "".join(initials[key] for key in found(ctx, kind, text)) for text in TABLE}
    by_hand = {text: "".join(initials[key] for key in expected(shown, kind, parse_filter(text, [ENTERPRISE_URN]))) for text in TABLE}
    assert by_sql == TABLE
    assert by_hand == TABLE


GROUPS = {
    'displayName eq "ENGINEERS"': "engineers",
    'displayName sw "engine"': "Engine Makers, engineers",
    "members pr": "Engine Makers, engineers",
    "members eq null": "Nobody",
    'members.display eq "BOB straße"': "Engine Makers",
    'members[display co "ada" and type eq "User"]': "Engine Makers, engineers",
    'members.type eq "user"': "Engine Makers, engineers",
    f'{OKTA}:description co "about"': "engineers",
    f'schemas eq "{OKTA}"': "engineers",
    "externalId pr": "",
    'meta.resourceType eq "Group"': "Engine Makers, engineers, Nobody",
    'userName eq "bob"': "",
}  # fmt: skip


def test_filters_find_groups(ctx: Context) -> None:
    kind = resources.build(ctx.profile).group
    shown = documents(ctx, kind)
    names = {document["id"]: document["displayName"] for document in shown}
    assert {text: ", ".join(names[key] for key in found(ctx, kind, text)) for text in GROUPS} == GROUPS
    assert {text: ", ".join(names[key] for key in expected(shown, kind, parse_filter(text))) for text in GROUPS} == GROUPS


def test_members_and_groups_are_found_by_each_other(ctx: Context) -> None:
    kinds = resources.build(ctx.profile)
    users, groups = documents(ctx, kinds.user), documents(ctx, kinds.group)
    for user in users:
        inside = [group["id"] for group in groups if any(member["value"] == user["id"] for member in group["members"])]
        assert (
            found(ctx, kinds.group, f'members.value eq "{user["id"]}"') == found(ctx, kinds.group, f'members eq "{user["id"]}"') == inside
        )
    for group in groups:
        inside = [member["value"] for member in group["members"]]
        by_value = found(ctx, kinds.user, f'groups.value eq "{group["id"]}"')
        assert sorted(by_value) == sorted(found(ctx, kinds.user, f'groups eq "{group["id"]}"')) == sorted(inside)


def test_a_moment_is_found_as_it_was_shown(ctx: Context) -> None:
    kind = resources.build(ctx.profile).user
    for document in documents(ctx, kind):
        moment = document["meta"]["created"]
        assert document["id"] in found(ctx, kind, f'meta.created eq "{moment}"')
        for op in ("gt", "ge", "lt", "le", "ne"):
            text = f'meta.created {op} "{moment}"'
            assert found(ctx, kind, text) == expected(documents(ctx, kind), kind, parse_filter(text))
        assert found(ctx, kind, f'meta.created eq "{moment.replace("Z", "1Z")}"') == []
