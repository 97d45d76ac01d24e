"""Filters in SQL, on both databases, against the documents that clients see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from sqlalchemy import select

from portal.domain import provisioning
from portal.domain.context import Context
from portal.models import Member
from portal.scim import resources
from portal.scim.attributes import ENTERPRISE_URN, USER_URN, ResourceType
from portal.scim.filters import Filter, Malformed, Path, compile_filter, matches, parse_filter, read_filter
from portal.scim.paging import Listing
from tests import factories
from tests.scim.filter_texts import filters_of, text_of
from tests.scim.people import ODD, OKTA, documents, settle
from tests.scim.population import BASE
from tests.support import site


@pytest.fixture
def ctx(app: Flask) -> Iterator[Context]:
    """The workspace acme with the people of `people`."""
    factories.make_workspace(app, "acme", "Acme")
    factories.enable_scim(app, "acme")
    with factories.inside(app, "acme") as ctx:
        provisioning.switch_groups(ctx, True)
    settle(app, sender(app))
    with factories.inside(app, "acme") as ctx:
        yield ctx


def sender(app: Flask) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Posts to SCIM of acme and returns what was made."""
    http, headers = site.client(app, "acme"), {"Authorization": f"Bearer {factories.make_token(app, 'acme')}"}

    def send(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = http.post(f"/scim/v2{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.get_json())

    return send


def found(ctx: Context, kind: ResourceType, text: str) -> list[str]:
    """The ids that SQL finds, in order of creation; the list's length, which may come from counts, is theirs."""
    model: Any = kind.model
    query = select(model.id).where(model.workspace_id == ctx.workspace.id, compile_filter(read_filter(text, kind), kind, ctx, BASE))
    if model is Member:
        query = query.where(Member.status != "removed")
    ids = list(ctx.session.scalars(query.order_by(model.seq)))
    assert Listing.of(ctx, kind, BASE, {"filter": text}).total() == len(ids), text
    return ids


def expected(documents: list[dict[str, Any]], kind: ResourceType, node: Filter) -> list[str]:
    """The ids of the documents that satisfy the filter."""
    return [document["id"] for document in documents if matches(node, document, kind)]


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


REFUSED = {
    "userName eq true": ("text", 13),
    "userName eq 5": ("double quotes", 13),
    "userName gt null": ("null", 13),
    "userName co 5": ("double quotes", 13),
    'active gt "x"': ("boolean", 1),
    "active gt true": ("no order", 1),
    'active co "t"': ("is for text", 1),
    'active eq "yes"': ("true or false", 11),
    "active eq 1": ("true or false", 11),
    'name eq "x"': ("name.formatted", 1),
    'meta eq "x"': ("meta.resourceType", 1),
    'addresses co "x"': ("addresses.formatted", 1),
    'emails[primary lt true]': ("no order", 8),
    'emails[nothing gt true]': ("no order", 19),
    'meta.created gt "yesterday"': ("date and time", 17),
    'meta.created co "2026"': ("is for text", 1),
    'meta.created gt "0001-01-01T00:00:00+14:00"': ("date and time", 17),
    'x509Certificates gt "x"': ("binary", 1),
    'password eq "secret"': ("password", 1),
    "password pr": ("password", 1),
    "unknown co true": ("double quotes", 12),
    "unknown lt false": ("no order", 12),
    f'{ENTERPRISE_URN} eq "x"': ("is a schema", 1),
    'userName eq "x" and (': ("attribute", 22),
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_filter_that_cannot_be_run_is_refused_with_its_character(app: Flask, text: str) -> None:
    factories.make_workspace(app, "acme", "Acme")
    words, at = REFUSED[text]
    with factories.inside(app, "acme") as ctx:
        kind = resources.build(ctx.profile).user
        with pytest.raises(Malformed, match=words) as refusal:
            compile_filter(read_filter(text, kind), kind, ctx, BASE)
    assert refusal.value.at == at


def every_value(value: Any) -> Iterator[Any]:
    """Every plain value inside."""
    if isinstance(value, dict):
        for item in value.values():
            yield from every_value(item)
    elif isinstance(value, list):
        for item in value:
            yield from every_value(item)
    else:
        yield value


def every_path(document: dict[str, Any]) -> Iterator[Path]:
    """Every attribute and sub-attribute inside."""
    for name, value in document.items():
        urn = name if name.startswith("urn:") else ""
        inner = value.items() if urn else [(name, value)]
        for part, below in inner:
            yield Path(urn, part)
            for item in below if isinstance(below, list) else [below]:
                yield from (Path(urn, part, sub) for sub in item) if isinstance(item, dict) else ()


def test_sql_and_python_agree_on_any_filter(ctx: Context) -> None:
    """Random filters over the attributes and values that there are; what one refuses, both refuse."""
    for kind in resources.build(ctx.profile).all:
        _agree(ctx, kind, documents(ctx, kind))


def _agree(ctx: Context, kind: ResourceType, shown: list[dict[str, Any]]) -> None:
    paths = sorted({path for document in shown for path in every_path(document)}, key=str)
    values = sorted({json.dumps(value) for document in shown for value in every_value(document)})

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(filters_of(paths, [json.loads(value) for value in values]))
    def agree(node: Filter) -> None:
        text = text_of(node)
        try:
            by_sql = found(ctx, kind, text)
        except Malformed:
            return
        assert by_sql == expected(shown, kind, parse_filter(text, [ENTERPRISE_URN])), text

    agree()


def test_look_ups_by_names_and_addresses_find_all_that_there_are(ctx: Context) -> None:
    """These are narrowed by the index of names: whole and in part, in every letter case, alone and with others, it may lose nobody."""
    forms = [
        'userName {op} {text}', 'displayName {op} {text}', "name.givenName {op} {text}", "name.familyName {op} {text}",
        "name.formatted {op} {text}", "emails {op} {text}", 'emails[type eq "work" and value {op} {text}]',
        "userName eq {text} or externalId eq {text} or emails.value {op} {text}",
    ]  # fmt: skip
    user = resources.build(ctx.profile).user
    shown = documents(ctx, user)
    values = {document["userName"] for document in shown} | {"Straße", "Countess Lovelace", "Čeněk", "Ada@Home.example", "Dee", "h", "Ada "}
    finds = 0
    for value in sorted(values):
        for form in forms:
            text = form.format(op="eq", text=json.dumps(value.swapcase()))
            part = form.format(op="sw", text=json.dumps(value[:3]))
            for written in (text, part):
                ids = found(ctx, user, written)
                assert ids == expected(shown, user, parse_filter(written)), written
                finds += bool(ids)
    assert finds > 60


PROFILES: dict[str, tuple[list[dict[str, Any]], dict[str, str]]] = {
    "productive": (
        [{"userName": "a@x.org", "userType": "Contractor"}, {"userName": "b@x.org"}, {"userName": "c@x.org", "roles": ["Admin"]}],
        {
            'userType eq "contractor"': "a",
            'userType eq "employee"': "bc",
            "userType pr": "abc",
            'roles eq "admin"': "c",
            'roles.value eq "staff"': "ab",
        },
    ),
    "productiv": (
        [
            {"userName": "a@x.org", "permissionsRole": "Super Admin"},
            {"userName": "b@x.org", "permissionsRole": "admin"},
            {"userName": "c@x.org"},
        ],
        {
            'permissionsRole eq "super admin"': "a",
            'permissionsRole eq "super-admin"': "",
            'permissionsRole eq "ADMIN"': "b",
            'permissionsRole sw "basic"': "c",
            "permissionsRole pr": "abc",
            "roles pr": "",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("profile", PROFILES)
def test_roles_and_user_types_are_found_as_the_profile_writes_them(make_app: Callable[..., Flask], profile: str) -> None:
    app = make_app(profile=profile)
    people, table = PROFILES[profile]
    factories.make_workspace(app, "acme", "Acme")
    factories.enable_scim(app, "acme")
    send = sender(app)
    for person in people:
        named = {"name": {"givenName": "G", "familyName": "F"}, "emails": [{"value": person["userName"]}]}
        send("/Users", {"schemas": [USER_URN], **named, **person})
    with factories.inside(app, "acme") as ctx:
        kind = resources.build(ctx.profile).user
        shown = documents(ctx, kind)
        initials = {document["id"]: document["userName"][0] for document in shown}
        assert {text: "".join(initials[key] for key in found(ctx, kind, text)) for text in table} == table
        assert {text: "".join(initials[key] for key in expected(shown, kind, parse_filter(text))) for text in table} == table
