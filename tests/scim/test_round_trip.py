"""What Okta sends and the portal does not model comes back as it was, through GET, merge and PUT; password never."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.models import Member, ProvisioningEvent
from tests import factories
from tests.scim.words import ENTERPRISE, USER

FULL: dict[str, Any] = {
    "schemas": [USER, ENTERPRISE, "urn:example:custom:2.0:User"],
    "userName": "Barbara.Jensen@Example.com",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "name": {
        "formatted": "Ms. Barbara J Jensen, III",
        "familyName": "Jensen",
        "givenName": "Barbara",
        "middleName": "Jane",
        "honorificPrefix": "Ms.",
    },
    "displayName": "Babs Jensen",
    "nickName": "Babs",
    "profileUrl": "https://login.example.com/bjensen",
    "title": "Tour Guide",
    "userType": "Employee",
    "preferredLanguage": "en-US",
    "locale": "en-US",
    "timezone": "America/Los_Angeles",
    "active": True,
    "emails": [
        {"value": "bjensen@Example.com", "type": "work", "primary": True, "display": "Work"},
        {"value": "babs@jensen.org", "type": "home", "x": 1},
    ],
    "phoneNumbers": [{"value": "555-555-5555", "type": "work"}],
    "ims": [{"value": "someaimhandle", "type": "aim"}],
    "photos": [{"value": "https://photos.example.com/F", "type": "photo"}],
    "addresses": [{"type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "primary": True}],
    "entitlements": ["a", "b"],
    "roles": [{"primary": True, "value": "Maker", "type": "X"}],
    "x509Certificates": [{"value": "MIIDQzCC"}],
    ENTERPRISE: {
        "employeeNumber": "701984",
        "costCenter": "4130",
        "organization": "Universal Studios",
        "division": "Theme Park",
        "department": "Tour Operations",
        "manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d", "displayName": "John Smith"},
    },
    "urn:example:custom:2.0:User": {"badge": [1, 2.5, None, {"deep": True}], "empty": ""},
    "favouriteColour": "Grün 🟢",
    "numbers": {"big": 9007199254740993, "small": -0.5, "none": None},
}


def without_own(user):
    return {name: value for name, value in user.items() if name not in ("id", "meta", "groups", "schemas")}


def test_everything_comes_back(okta):
    made = okta("POST", "/Users", {**FULL, "password": "1mz050nq", "groups": [], "id": "theirs", "meta": {"resourceType": "X"}})[1]
    assert without_own(made) == without_own(FULL)
    assert made["schemas"] == [USER, ENTERPRISE, "urn:example:custom:2.0:User"]
    assert okta("GET", f"/Users/{made['id']}")[1] == made
    assert okta("GET", '/Users?filter=userName eq "barbara.jensen@example.com"')[1]["Resources"] == [made]


def test_a_merge_put_of_what_was_got_changes_nothing(okta):
    made = okta("POST", "/Users", FULL)[1]
    assert okta("PUT", f"/Users/{made['id']}", made) == (200, made)
    linked = okta("GET", "/Users?count=1")[1]["Resources"][0]
    first = okta("PUT", f"/Users/{linked['id']}", linked)[1]
    assert without_own(first) == without_own(linked)
    assert okta("PUT", f"/Users/{linked['id']}", first) == (200, first)


def test_emptied_values_are_cleared_and_never_an_error(okta):
    made = okta("POST", "/Users", FULL)[1]
    empty: dict[str, Any] = {name: "" for name, value in FULL.items() if isinstance(value, str) and name != "userName"}
    empty |= {name: [] for name, value in FULL.items() if isinstance(value, list)}
    empty |= {"name": {"givenName": "", "familyName": ""}, ENTERPRISE: {"department": "", "manager": None}}
    for body in (empty, dict.fromkeys(empty)):
        status, user = okta("PUT", f"/Users/{made['id']}", {"userName": "babs", **body})
        assert status == 200
        left = {name: value for name, value in without_own(user).items() if value != ""}
        assert left == {"userName": "babs", "active": True, "roles": [{"primary": True, "value": "maker"}]}


def test_stale_names_are_made_anew_and_own_ones_kept(okta):
    user = okta.make("ann", name={"givenName": "Ann", "familyName": "Lee", "formatted": "Ann Lee"}, displayName="Ann Lee")
    merged = {**user, "name": {**user["name"], "givenName": "Anna"}}
    renamed = okta("PUT", f"/Users/{user['id']}", merged)[1]
    assert (renamed["name"]["formatted"], renamed["displayName"]) == ("Anna Lee", "Anna Lee")
    patched = okta.patch(f"/Users/{user['id']}", {"op": "replace", "path": "name.familyName", "value": "Li"})[1]
    assert (patched["name"]["formatted"], patched["displayName"]) == ("Anna Li", "Anna Li")
    own = okta("PUT", f"/Users/{user['id']}", {**patched, "displayName": "Annie", "name": {**patched["name"], "formatted": "A. Li"}})[1]
    kept = okta("PUT", f"/Users/{user['id']}", {**own, "title": "Boss"})[1]
    assert (kept["name"]["formatted"], kept["displayName"]) == ("A. Li", "Annie")
    assert okta("PUT", f"/Users/{user['id']}", {**kept, "name": {**kept["name"], "givenName": "Eve"}})[1]["displayName"] == "Annie"


def test_manager_and_entitlements_in_each_form(okta):
    for at, (manager, entitlements) in enumerate(
        [("Bill", "one"), ({"value": "7"}, ["a"]), ({"displayName": "Bill"}, [{"value": "a", "display": "A"}])]
    ):
        user = okta.make(f"user{at}", entitlements=entitlements, **{ENTERPRISE: {"manager": manager}})
        assert (user[ENTERPRISE], user["entitlements"]) == ({"manager": manager}, entitlements)


def test_the_portals_own_changes_are_seen_in_the_form_received(okta):
    from portal.domain import members

    made = okta("POST", "/Users", FULL)[1]
    with factories.inside(okta.app, "acme") as ctx:
        changes = {"role": "viewer", "email": "new@x.io", "manager": "Eve", "active": False}
        members.update_member(ctx, ctx.session.get_one(Member, made["id"]), changes)
    user = okta("GET", f"/Users/{made['id']}")[1]
    assert (user["roles"], user["active"]) == ([{"primary": True, "value": "viewer", "type": "X"}], False)
    assert user["emails"] == [{"value": "new@x.io", "type": "work", "primary": True}, FULL["emails"][1]]
    assert user[ENTERPRISE]["manager"] == {"displayName": "Eve"}


def test_the_password_is_in_no_answer_and_no_table(okta):
    secret = "correct-horse-battery"
    user = okta.make("ann", password=secret)
    for name in ("password", f"{USER}:password", f"{USER.upper()}:Password"):
        okta("PUT", f"/Users/{user['id']}", {**user, name: secret})
        assert secret not in okta.last.text
    ways: list[dict[str, Any]] = [
        {"value": {"password": secret}},
        {"value": {f"{USER}:password": secret}},
        {"path": "password", "value": secret},
    ]
    for operation in ({"op": "replace", **way} for way in ways):
        assert okta.patch(f"/Users/{user['id']}", operation)[0] == 200
        assert secret not in okta.last.text
    with factories.inside(okta.app, "acme") as ctx:
        member = ctx.session.get_one(Member, user["id"])
        assert secret not in json.dumps(member.attributes)
        assert member.password_hash is None
        bodies = [event.request_body for event in ctx.session.query(ProvisioningEvent)]
        assert len(bodies) == 7
        assert not any(secret in body for body in bodies)


@pytest.mark.parametrize("size", [300_000])
def test_too_much_to_keep_is_400(okta, size):
    status, error = okta("POST", "/Users", {"userName": "ann", "blob": "x" * size})
    assert (status, "too large" in error["detail"]) == (400, True)


NESTED = [{"schemas": 5}, {"SCHEMAS": ["x"]}, {"id": "x", "meta": 5, "groups": 5}, {"password": "correct-horse-battery"}]


@pytest.mark.parametrize("inner", NESTED)
def test_an_object_under_the_core_schema_writes_nothing_that_could_not_be_written_outside_it(okta, inner):
    sent = {USER.lower(): {**inner, "NICKNAME": "N"}}
    made = okta.make("ann", **sent)
    put = okta("PUT", f"/Users/{made['id']}", {"userName": "ann", **sent})[1]
    patched = okta.patch(f"/Users/{made['id']}", {"op": "replace", "value": sent})[1]
    listed = okta("GET", "/Users?filter=userName%20eq%20%22ann%22")[1]["Resources"][0]
    for user in (made, put, patched, listed):
        assert (user["schemas"], user["id"], user["groups"], user["nickName"]) == ([USER], made["id"], [], "N")
        assert (user[USER], "password" in user) == ({"nickName": "N"}, False)
    with factories.inside(okta.app, "acme") as ctx:
        assert "correct-horse-battery" not in json.dumps(ctx.session.get_one(Member, made["id"]).attributes)


@pytest.mark.parametrize("inner", [{"active": 5}, {"title": 5}, {"Emails": "x"}, {"name": 5}, {"userName": 5}, {"roles": 5}])
def test_an_object_under_the_core_schema_is_checked_as_what_stands_outside_it(okta, inner):
    user = okta.make("ann")
    requests = [
        ("POST", "/Users", {"userName": "bob", USER: inner}),
        ("PUT", f"/Users/{user['id']}", {"userName": "ann", USER: inner}),
        ("PATCH", f"/Users/{user['id']}", {"Operations": [{"op": "add", "value": {USER: inner}}]}),
    ]
    for request in requests:
        status, error = okta(*request)
        assert (status, error["scimType"], " must be " in error["detail"]) == (400, "invalidValue", True)
    assert okta("GET", f"/Users/{user['id']}")[1] == user
