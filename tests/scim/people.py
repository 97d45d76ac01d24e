"""A workspace whose members have every form of attribute there is, and what SCIM shows of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import orjson
from flask import Flask
from sqlalchemy import select

from portal.domain import members
from portal.domain.context import Context
from portal.models import Group, Member
from portal.scim import around, resources, stored
from portal.scim.attributes import ENTERPRISE_URN, USER_URN, ResourceType
from portal.scim.call import Call
from portal.scim.dialects import V2
from portal.scim.projection import Projection
from tests import factories
from tests.scim.population import BASE

OKTA = "urn:okta:custom:group:1.0"
ODD = "urn:x:Odd"
USERS: list[dict[str, Any]] = [
    {
        "userName": "Ada@Acme.example", "externalId": "00uAda", "displayName": "Ada Lovelace", "title": "Analyst", "locale": "en-GB",
        "name": {"givenName": "Ada", "familyName": "Lovelace", "middleName": "King", "formatted": "Countess Lovelace"},
        "emails": [{"value": "ada@acme.example", "type": "work", "primary": True}, {"value": "Ada@Home.example", "type": "home"}],
        "phoneNumbers": [{"value": "1", "type": "work"}, {"value": "2", "type": "mobile", "primary": True}],
        "roles": [{"value": "Maker", "primary": True, "type": "app"}, {"value": "extra"}],
        ENTERPRISE_URN: {"department": "Engines", "employeeNumber": "1815", "manager": {"value": "b", "displayName": "Babbage"}},
        ODD: {"level": 3, "tags": ["a", "B"], "deep": {"flag": True}}, "nickName": "Countess", "x509Certificates": [{"value": "QQ=="}],
    },
    {
        "userName": "bob", "externalId": "00ubob", "name": {"givenName": "Bob", "familyName": "Straße"}, "nickName": "STRASSE",
        "emails": [{"value": "BOB@acme.example"}], "roles": "viewer", "entitlements": ["e1", {"value": "E2", "primary": True}],
        "active": False, "locale": "de_DE", "shoeSize": 43.5, ODD: {"level": "3", "tags": "a"},
        ENTERPRISE_URN: {"manager": "Ada", "costCenter": "4%_\\"},
    },
    {
        "userName": "Čeněk Ω", "displayName": "Čeněk", "name": {"givenName": "Čeněk"}, "userType": "Employee", "shoeSize": 44,
        "addresses": [{"type": "work", "locality": "Praha", "country": "CZ", "primary": True}, {"type": "home", "locality": "Brno"}],
        "emails": [{"value": "c@acme.example", "type": "work", "display": "C"}, {"value": "d@acme.example", "type": "other"}],
        "tags": ["x", "Y", 3], "lefty": True,
    },
    {
        "userName": "dee@acme.example", "nickName": "", "title": None, "shoeSize": -1, "lefty": False,
        "roles": {"value": "CONTRIBUTOR"}, "Pets": {"value": "cat", "Type": "old"},
    },
    {
        "userName": "eve@acme.example", "emails": [{"value": "eve@acme.example", "primary": True}], "active": True, "tags": [],
        USER_URN: {"nickName": "Evie"},
    },
]  # fmt: skip
GROUPS = {"Engine Makers": [0, 1], "engineers": [0], "Nobody": []}


def settle(app: Flask, send: Callable[..., Any]) -> None:
    """Makes the people and groups by SCIM (`send(path, body)` posts), one member by hand, and edits some by hand."""
    made = [send("/Users", {"schemas": [USER_URN], **user}) for user in USERS]
    for name, who in GROUPS.items():
        known = {"schemas": [OKTA], OKTA: {"description": f"About {name}"}} if name == "engineers" else {}
        send("/Groups", {"displayName": name, "members": [{"value": made[at]["id"]} for at in who], **known})
    factories.make_person(app, "acme", "Hand", "Made", title="By hand", manager="Ada", external_id="h")
    with factories.inside(app, "acme") as ctx:
        by_name = {member.user_name: member for member in ctx.session.scalars(select(Member))}
        members.update_member(ctx, by_name["Čeněk Ω"], {"email": "changed@acme.example", "role": "admin", "manager": "Someone"})
        members.update_member(ctx, by_name["bob"], {"role": "maker", "manager": "Other"})
        members.update_member(ctx, by_name["eve@acme.example"], {"email": None})
        taken = {**by_name["dee@acme.example"].attributes, "active": None, "displayName": None, "roles": None}
        members.update_member(ctx, by_name["dee@acme.example"], {"attributes": taken, "display_name": "Dee"})
        gone = members.create(ctx, {"user_name": "gone@acme.example", "given_name": "Ada"}, source="scim")
        members.remove(ctx, gone)


def documents(ctx: Context, kind: ResourceType) -> list[dict[str, Any]]:
    """Every resource as it is sent, in order of creation."""
    model: Any = kind.model
    rows = list(ctx.session.scalars(select(model).where(model.workspace_id == ctx.workspace.id).order_by(model.seq)))
    call = Call(ctx, cast("Any", None), V2, resources.build(ctx.profile), BASE)
    if model is Group:
        named = around.members_of(call, rows, named=True)
        return [{**document, "members": named[document["id"]]} for document in around.groups(call, rows, Projection())]
    shown = stored.shown(call, [found for row in rows if (found := stored.one(call, row.id)) is not None], Projection())
    return [orjson.loads(orjson.dumps(document)) for document in shown]
