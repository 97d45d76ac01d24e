"""PATCH of users (RFC 7644 §3.5.2): every form of path, what it leaves, and what it refuses; all of it or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from portal.models import ProvisioningEvent
from tests import factories
from tests.scim.words import ENTERPRISE, USER

START: dict[str, Any] = {
    "name": {"givenName": "Ann", "familyName": "Lee"},
    "emails": [{"value": "w@x.io", "type": "work", "primary": True}, {"value": "h@x.io", "type": "home"}],
    "phoneNumbers": [{"value": "1", "type": "work"}, {"value": "2", "type": "work"}, {"value": "3", "type": "home"}],
    "title": "Engineer",
    ENTERPRISE: {"department": "R&D", "employeeNumber": "7"},
    "urn:x:y": {"badge": "1"},
    "shoe": "44",
}
WORK, HOME = START["emails"]


def names_in(path):
    """The keys that lead to `name.givenName`, or to a path behind a URN."""
    urn = next((urn for urn in (USER, ENTERPRISE, "urn:x:y", "urn:new:z") if path.startswith(urn)), "")
    rest = path.removeprefix(urn).removeprefix(":")
    return ([urn] if urn else []) + (rest.split(".") if rest else [])


def at(path, user):
    """What stands there, or None."""
    for name in names_in(path):
        user = user.get(name) if isinstance(user, dict) else None
    return user


def op(kind, path=None, value=None):
    made = {"op": kind}
    if path is not None:
        made["path"] = path
    return made if value is None else {**made, "value": value}


GOOD = [
    # one attribute, with and without a path
    ([op("replace", "title", "Boss")], "title", "Boss"),
    ([op("add", "nickName", "A")], "nickName", "A"),
    ([op("remove", "title")], "title", None),
    ([op("replace", None, {"title": "Boss"})], "title", "Boss"),
    ([op("add", None, {"nickName": "A", "title": "B"})], "title", "B"),
    ([op("REPLACE", "TITLE", "Boss")], "title", "Boss"),
    ([{"OP": "Add", "Path": "title", "Value": "Boss"}], "title", "Boss"),
    ([op("replace", "title", "")], "title", None),
    ([{"op": "replace", "path": "title", "value": None}], "title", None),
    # sub-attributes
    ([op("replace", "name.givenName", "Eve")], "name", {"givenName": "Eve", "familyName": "Lee"}),
    ([op("add", "name", {"middleName": "M"})], "name", {"givenName": "Ann", "familyName": "Lee", "middleName": "M"}),
    ([op("replace", None, {"name.familyName": "Li"})], "name.familyName", "Li"),
    ([op("remove", "name.familyName")], "name", {"givenName": "Ann"}),
    # the core schema's URN, extensions, unknown ones
    ([op("replace", f"{USER}:title", "Boss")], "title", "Boss"),
    ([op("replace", f"{USER}:name.givenName", "Eve")], "name.givenName", "Eve"),
    ([op("replace", f"{ENTERPRISE}:department", "Law")], ENTERPRISE, {"department": "Law", "employeeNumber": "7"}),
    ([op("add", f"{ENTERPRISE}:manager.displayName", "Bill")], f"{ENTERPRISE}:manager", {"displayName": "Bill"}),
    ([op("add", f"{ENTERPRISE}:manager", "Bill")], f"{ENTERPRISE}:manager", "Bill"),
    ([op("remove", f"{ENTERPRISE}:department")], ENTERPRISE, {"employeeNumber": "7"}),
    ([op("remove", ENTERPRISE)], ENTERPRISE, None),
    ([op("add", None, {ENTERPRISE: {"costCenter": "9"}})], ENTERPRISE, {"department": "R&D", "employeeNumber": "7", "costCenter": "9"}),
    ([op("replace", None, {f"{ENTERPRISE}:department": "Law"})], f"{ENTERPRISE}:department", "Law"),
    ([op("add", "urn:x:y:colour", "red")], "urn:x:y", {"badge": "1", "colour": "red"}),
    ([op("add", None, {"urn:new:z": {"a": 1}})], "urn:new:z", {"a": 1}),
    ([op("replace", "shoe", "45")], "shoe", "45"),
    ([op("remove", "shoe")], "shoe", None),
    # values of a list
    ([op("add", "emails", [{"value": "o@x.io", "type": "other"}])], "emails", [WORK, HOME, {"value": "o@x.io", "type": "other"}]),
    ([op("add", "emails", {"value": "o@x.io"})], "emails", [WORK, HOME, {"value": "o@x.io"}]),
    ([op("add", "emails", [HOME])], "emails", [WORK, HOME]),
    ([op("add", None, {"emails": [{"value": "o@x.io"}]})], "emails", [WORK, HOME, {"value": "o@x.io"}]),
    ([op("replace", "emails", [HOME])], "emails", [HOME]),
    ([op("replace", "emails", [])], "emails", None),
    ([op("remove", "emails")], "emails", None),
    ([op("remove", 'emails[type eq "work"]')], "emails", [HOME]),
    ([op("remove", 'phoneNumbers[type eq "work" and value eq "1"]')], "phoneNumbers", [START["phoneNumbers"][1], START["phoneNumbers"][2]]),
    ([op("remove", 'phoneNumbers[not (type eq "home")]')], "phoneNumbers", [START["phoneNumbers"][2]]),
    ([op("replace", 'emails[type eq "work"].value', "n@x.io")], "emails", [{**WORK, "value": "n@x.io"}, HOME]),
    ([op("replace", 'EMAILS[TYPE EQ "WORK"].VALUE', "n@x.io")], "emails", [{**WORK, "value": "n@x.io"}, HOME]),
    ([op("replace", 'emails[type eq "home"]', {"value": "n@x.io"})], "emails", [WORK, {**HOME, "value": "n@x.io"}]),
    ([op("replace", 'phoneNumbers[type eq "work"].type', "other")], "phoneNumbers", [
        {"value": "1", "type": "other"}, {"value": "2", "type": "other"}, {"value": "3", "type": "home"}]),
    ([op("add", 'emails[type eq "other"].value', "o@x.io")], "emails", [WORK, HOME, {"type": "other", "value": "o@x.io"}]),
    ([op("remove", 'emails[type eq "work"].type')], "emails", [{"value": "w@x.io", "primary": True}, HOME]),
    # at most one is primary: the latest
    ([op("add", "emails", [{"value": "o@x.io", "primary": True}])], "emails", [
        {**WORK, "primary": False}, HOME, {"value": "o@x.io", "primary": True}]),
    ([op("replace", 'emails[type eq "home"].primary', True)], "emails", [{**WORK, "primary": False}, {**HOME, "primary": True}]),
    # text for true and false
    ([op("replace", "active", "False")], "active", False),
    ([op("replace", None, {"active": "false"})], "active", False),
    # read-only echoes without a path are passed over, and so is a password
    ([op("replace", None, {"id": "x", "meta": {}, "schemas": [], "groups": [], "title": "Boss"})], "title", "Boss"),
    ([op("replace", "password", "secret"), op("replace", "title", "Boss")], "title", "Boss"),
    # several in order
    ([op("remove", "emails"), op("add", "emails", [HOME]), op("replace", 'emails[type eq "home"].value', "z@x.io")], "emails", [
        {**HOME, "value": "z@x.io"}]),
]  # fmt: skip


def test_each_operation_does_what_it_says_and_leaves_the_rest(okta):
    for number, (operations, path, expected) in enumerate(GOOD):
        user = okta.make(f"ann{number}", **START)
        status, patched = okta.patch(f"/Users/{user['id']}", *operations)
        assert (status, at(path, patched)) == (200, expected), operations
        assert okta("GET", f"/Users/{user['id']}")[1] == patched
        assert (patched["meta"]["version"] != user["meta"]["version"]) == (expected != at(path, user)), operations
        top = {names_in(path)[0], "meta", "displayName", "schemas", "nickName", "title"}
        assert {name: value for name, value in patched.items() if name not in top} == {
            name: value for name, value in user.items() if name not in top
        }, operations


BAD = [
    ([op("replace", "id", "x")], "mutability"),
    ([op("replace", "meta.created", "x")], "mutability"),
    ([op("add", "groups", [{"value": "x"}])], "mutability"),
    ([op("remove", "userName")], "mutability"),
    ([op("replace", "userName", "")], "invalidValue"),
    ([op("remove")], "noTarget"),
    ([op("replace", 'emails[type eq "none"].value', "x")], "noTarget"),
    ([op("replace", 'emails[type eq "none"]', {"value": "x@x.io"})], "noTarget"),
    ([op("remove", 'emails[type eq "none"]')], "noTarget"),
    ([op("replace", "emails[type eq", "x")], "invalidPath"),
    ([op("replace", "emails[type eq work].value", "x")], "invalidPath"),
    ([op("replace", "title.sub", "x")], "invalidPath"),
    ([op("replace", "a b", "x")], "invalidPath"),
    ([op("replace", USER, {"title": "x"})], "invalidPath"),
    ([op("remove", USER)], "invalidPath"),
    ([op("replace", "]", "x")], "invalidPath"),
    ([op("replace", "x" * 5000, "x")], "invalidPath"),
    ([{"op": "replace", "path": 7, "value": 1}], "invalidPath"),
    ([op("replace", "active", "maybe")], "invalidValue"),
    ([op("replace", "emails", "x")], "invalidValue"),
    ([op("replace", "name", "x")], "invalidValue"),
    ([op("replace", 'emails[type eq "work"].value', 7)], "invalidValue"),
    ([op("replace", None, "x")], "invalidValue"),
    ([op("add", None, [1])], "invalidValue"),
    ([op("replace", "title")], "invalidValue"),
    ([op("add", "emails", [{"value": "a@x.io", "primary": True}, {"value": "b@x.io", "primary": True}])], "invalidValue"),
    ([op("move", "title", "x")], "invalidSyntax"),
    ([{"path": "title", "value": "x"}], "invalidSyntax"),
    ([7], "invalidSyntax"),
    ([], "invalidSyntax"),
    ([op("replace", "userName", "ADA@acme.example")], "uniqueness"),
]


def test_what_is_refused_says_why_and_changes_nothing(okta):
    user = okta.make("ann", **START)
    for operations, scim_type in BAD:
        for before in ([], [op("replace", "nickName", "half done")]):
            if not operations and before:
                continue
            status, error = okta.patch(f"/Users/{user['id']}", *before, *operations)
            assert (status, error["scimType"]) == (409 if scim_type == "uniqueness" else 400, scim_type), (operations, error)
            assert error["detail"]
    bodies: list[Any] = [{}, {"Operations": {}}, {"Operations": "x"}, {"operations": None}, {"active": False}]
    for body in bodies:
        assert okta("PATCH", f"/Users/{user['id']}", body)[1]["scimType"] == "invalidSyntax"
    assert okta("GET", f"/Users/{user['id']}")[1] == user


def test_a_patch_of_scim_11_is_told_that_the_base_url_is_of_the_other_version(okta):
    user = okta.make("ann", **START)
    status, said = okta("PATCH", f"/Users/{user['id']}", {"schemas": ["urn:scim:schemas:core:1.0"], "active": False})
    assert (status, said["scimType"]) == (400, "invalidSyntax")
    assert said["detail"].startswith("This PATCH is SCIM 1.1, and this address is SCIM 2.0: ")
    assert okta("GET", f"/Users/{user['id']}")[1]["active"] is True


def test_the_log_names_whom_a_request_was_about_that_failed_before_it_was_understood(app, okta):
    user, group = okta.make("ann", **START), okta("POST", "/Groups", {"displayName": "Makers"})[1]
    older = {"schemas": ["urn:scim:schemas:core:1.0"], "active": False}
    for path in (f"/Users/{user['id']}", f"/Groups/{group['id']}"):
        assert okta("PATCH", path, older)[0] == 400
        assert okta("PUT", f"{path}?attributes=a&excludedAttributes=b", {})[0] == 400
        assert okta("PATCH", path, None)[0] == 400
    assert okta("POST", "/Bulk", {"Operations": [{"method": "PATCH", "path": f"/Users/{user['id']}", "data": older}]})[0] == 200
    with factories.inside(app, "acme") as ctx:
        failed = ctx.session.query(ProvisioningEvent).filter_by(succeeded=False)
        about = sorted((event.subject, event.resource_id) for event in failed)
    assert about == sorted([("Ann Lee", user["id"])] * 4 + [("Makers", group["id"])] * 3)


def test_an_unassigned_attribute_stays_so_until_it_is_given(okta):
    user = okta.make("ann", **START, displayName="Ann")
    for name, value in (("displayName", "Annie"), ("active", False), ("roles", [{"value": "maker", "primary": True}])):
        removed = okta.patch(f"/Users/{user['id']}", op("remove", name))[1]
        assert name not in removed
        got = okta("GET", f"/Users/{user['id']}")[1]
        assert name not in got
        assert name not in okta("PUT", f"/Users/{user['id']}", got)[1]
        assert okta.patch(f"/Users/{user['id']}", op("add", name, value))[1][name] == value
        assert okta("GET", f"/Users/{user['id']}")[1][name] == value


@pytest.mark.parametrize("made_by", ["hand", "okta"])
def test_the_role_is_changed_by_its_value_path(okta, cast, made_by):
    key = cast.mary.id if made_by == "hand" else okta.make("ann", roles="contributor")["id"]
    changed = okta.patch(f"/Users/{key}", op("replace", "roles[primary eq true].value", "viewer"))[1]
    assert changed["roles"] in ([{"primary": True, "value": "viewer"}], [{"value": "viewer", "primary": True}])
    added = okta.patch(f"/Users/{key}", op("add", "roles", [{"value": "maker", "primary": True}]))[1]
    assert added["roles"][-1] == {"value": "maker", "primary": True}
    assert okta.patch(f"/Users/{key}", op("add", "roles", [{"value": "boss", "primary": True}]))[0] == 400
