"""Users of SCIM 1.1: roles in every form, what comes back, lists and versions."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from portal.models import Member
from tests import factories
from tests.scim.v1.words import CORE, ENTERPRISE, Send, random_user


def test_a_role_is_taken_in_every_form(travelbank: Flask, okta: Send) -> None:
    forms: list[Any] = ["approver", "APPROVER", "Approver", ["approver", "traveler"], {"value": "approver"}, [{"value": "approver"}]]
    forms += [[{"type": "X", "value": "approver"}], [{"value": "approver", "display": "Approver", "type": "role"}]]
    forms += [[{"value": "traveler", "primary": False}, {"value": "approver", "primary": True}]]
    path = f"/Users/{okta('POST', '/Users', random_user())[1]['id']}"
    user = okta("GET", path)[1]

    def role() -> str:
        with factories.inside(travelbank, "acme") as ctx:
            return ctx.session.get_one(Member, user["id"]).role

    for number, form in enumerate(forms):
        made = okta("POST", "/Users", random_user(userName=f"role{number}@x.io", roles=form))
        assert (made[0], made[1].get("roles")) == (201, form)
        for before in ("company-admin", [{"value": "company-admin", "primary": True}]):
            okta("PUT", path, {**user, "roles": before})
            assert role() == "company-admin"
            assert (okta("PUT", path, {**user, "roles": form})[1]["roles"], role()) == (form, "approver")
            okta("PUT", path, {**user, "roles": before})
            assert okta("PATCH", path, {"schemas": [CORE], "roles": form})[0] == 200
            assert role() == "approver", (before, form)
    assert okta("PUT", path, {**okta("GET", path)[1], CORE: {"roles": ["company-admin"]}})[0] == 200
    assert role() == "company-admin"
    gone = [{"value": "company-admin", "operation": "delete"}, {"value": "approver"}]
    assert (okta("PATCH", path, {"schemas": [CORE], "roles": gone})[0], role()) == (200, "approver")


def test_a_user_comes_back_as_it_was_sent(okta: Send) -> None:
    user = random_user(
        locale="en_US", nickName="Run", entitlements=["gold"], roles=["approver"], hobbies=[{"value": "chess"}],
        phoneNumbers=[{"value": "1", "type": "work"}],
        **{ENTERPRISE: {"department": "Travel", "manager": {"managerId": "77", "displayName": "Boss"}}, "urn:x:y": {"a": 1}},
    )  # fmt: skip
    status, created = okta("POST", "/Users", {**user, "schemas": [CORE, ENTERPRISE, "urn:x:y"]})
    assert status == 201
    assert {name: created[name] for name in user if name != "schemas"} == {name: value for name, value in user.items() if name != "schemas"}
    assert created["schemas"] == [CORE, ENTERPRISE, "urn:x:y"]
    assert set(created["meta"]) == {"created", "lastModified", "location", "version"}
    assert created["meta"]["location"].endswith(f"/scim/v1/Users/{created['id']}")
    again = okta("PUT", f"/Users/{created['id']}", created)[1]
    assert {**again, "meta": None} == {**created, "meta": None}
    modern = okta("GET", f"/Users/{created['id']}", version="v2")[1]
    assert modern["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"] == {"value": "77", "displayName": "Boss"}
    assert modern["locale"] == "en_US"


@pytest.mark.parametrize(
    "query",
    [
        'filter=userName eq "{name}"',
        'filter=urn:scim:schemas:core:1.0:userName eq "{name}"',
        'filter=urn:scim:schemas:extension:enterprise:1.0:department eq "travel" and userName eq "{name}"',
        'filter=urn:scim:schemas:extension:enterprise:1.0.department sw "trav" and (title eq "a b")',
        'filter=urn:scim:schemas:extension:enterprise:1.0:manager.managerId eq "77"',
        'filter=name.familyName co "yza"',
        "startIndex=2&count=1&sortBy=urn:scim:schemas:core:1.0:meta.created&sortOrder=ascending",
    ],
)
def test_lists_take_the_names_of_1_1(okta: Send, query: str) -> None:
    user = random_user(title="a b", **{ENTERPRISE: {"department": "Travel", "manager": {"managerId": "77"}}})
    key = okta("POST", "/Users", user)[1]["id"]
    status, page = okta("GET", f"/Users?{query.format(name=user['userName'].upper())}")
    assert (status, [found["id"] for found in page["Resources"]]) == (200, [key])


def test_answers_can_be_cut_to_attributes(okta: Send) -> None:
    okta("POST", "/Users", random_user(**{ENTERPRISE: {"department": "Travel", "costCenter": "1"}}))
    page = okta(
        "GET", "/Users?startIndex=2&attributes=urn:scim:schemas:core:1.0:userName,urn:scim:schemas:extension:enterprise:1.0:department"
    )
    (found,) = page[1]["Resources"]
    assert set(found) == {"id", "userName", "schemas", ENTERPRISE}
    assert found[ENTERPRISE] == {"department": "Travel"}


def test_versions_move_and_are_asked_for(okta: Send) -> None:
    key = okta("POST", "/Users", random_user())[1]["id"]
    version = okta("GET", f"/Users/{key}")[1]["meta"]["version"]
    assert okta("GET", f"/Users/{key}", **{"If-None-Match": version}) == (304, None)
    assert okta("PATCH", f"/Users/{key}", {"title": "x"}, **{"If-Match": 'W/"999"'})[0] == 412
    assert okta("PATCH", f"/Users/{key}", {"title": "x"}, **{"If-Match": version})[0] == 200
    assert okta("GET", f"/Users/{key}", **{"If-None-Match": version})[0] == 200
