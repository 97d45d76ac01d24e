"""Filters over roles and user types, which a profile shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.scim import resources
from portal.scim.attributes import USER_URN
from portal.scim.filters import parse_filter
from tests import factories
from tests.scim.finding import expected, found, sender
from tests.scim.people import documents

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
