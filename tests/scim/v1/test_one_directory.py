"""SCIM 1.1 and 2.0 stand before one directory, and people are in it already."""

from __future__ import annotations

from flask import Flask

from portal.domain import members
from portal.models import Member
from tests import factories
from tests.scim.v1.words import CORE, Send, look_up, random_user


def test_both_versions_see_one_directory(travelbank: Flask, okta: Send) -> None:
    key = okta("POST", "/Users", random_user(roles=["approver"]))[1]["id"]
    status, modern = okta("GET", f"/Users/{key}", version="v2")
    assert (status, modern["schemas"]) == (200, ["urn:ietf:params:scim:schemas:core:2.0:User"])
    group = okta("POST", "/Groups", {"schemas": [CORE], "displayName": "Team"})[1]["id"]
    add = {"Operations": [{"op": "add", "path": "members", "value": [{"value": key}]}]}
    assert okta("PATCH", f"/Groups/{group}", add, version="v2")[1]["displayName"] == "Team"
    assert [item["value"] for item in okta("GET", f"/Groups/{group}")[1]["members"]] == [key]
    assert [item["value"] for item in okta("GET", f"/Users/{key}")[1]["groups"]] == [group]
    assert okta("PATCH", f"/Groups/{group}", {"members": [{"value": key, "operation": "delete"}]})[0] == 200
    assert okta("GET", f"/Groups/{group}", version="v2")[1]["members"] == []
    assert okta("GET", look_up("RUN"), version="v2")[1]["totalResults"] == 0
    assert okta("DELETE", f"/Users/{key}") == (204, None)
    assert okta("GET", f"/Users/{key}", version="v2")[0] == 404
    with factories.inside(travelbank, "acme") as ctx:
        member = ctx.session.get_one(Member, key)
        assert (member.status, member.role, member.source) == ("removed", "approver", "scim")


def test_linking_takes_a_member_over(travelbank: Flask, okta: Send) -> None:
    found = okta("GET", look_up("ADA@acme.example"))[1]["Resources"][0]
    assert okta("PUT", f"/Users/{found['id']}", {**found, "externalId": "00u1"})[0] == 200
    with factories.inside(travelbank, "acme") as ctx:
        member = members.get(ctx, found["id"])
        assert (member.provisioned, member.role, member.external_id) == (True, "company-admin", "00u1")
