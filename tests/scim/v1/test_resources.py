"""Users and groups of SCIM 1.1: its merge-PATCH, its names, its errors, over the same directory as 2.0."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain import members, provisioning
from portal.models import Member
from portal.profile_file import load_profile
from portal.scim import resources
from portal.scim.errors import ScimError
from portal.scim.filters import Malformed
from portal.scim.v1 import merge, shapes
from tests import factories
from tests.scim.v1.words import CORE, ENTERPRISE, Send, look_up, random_user

OKTA = "urn:okta:custom:group:1.0"
KEYS = st.sampled_from(
    ["meta", "attributes", "members", "emails", "operation", "value", "name", "manager", "Schemas", CORE, ENTERPRISE, "x y"]
)


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


@pytest.fixture
def group(okta: Send) -> Callable[..., Any]:
    """A group with three members, and what PATCH makes of it: `group(body)` gives its name and the members' first letters."""
    people = {letter: okta("POST", "/Users", random_user(displayName=letter))[1]["id"] for letter in "abcd"}
    made = okta("POST", "/Groups", {"schemas": [CORE], "displayName": "Team", OKTA: {"description": "Ours"}})[1]

    def patch(body: dict[str, Any]) -> tuple[str, str]:
        named = [{**member, "value": people.get(member["value"], member["value"])} for member in body.get("members", [])]
        sent = {"schemas": [CORE], **body, **({"members": named} if "members" in body else {})}
        status, after = okta("PATCH", f"/Groups/{made['id']}", sent)
        assert status == 200, after
        assert after[OKTA] == {"description": "Ours"}
        assert (after["id"], after["schemas"]) == (made["id"], [CORE, OKTA])
        letters = {key: letter for letter, key in people.items()}
        return after["displayName"], "".join(sorted(letters[member["value"]] for member in after["members"]))

    assert patch({"members": [{"value": letter, "display": letter} for letter in "abc"]}) == ("Team", "abc")
    return patch


def test_a_group_is_patched_by_merging(group: Callable[..., Any]) -> None:
    assert group({"id": "x", "displayName": "New"}) == ("New", "abc")
    assert group({"members": [{"value": "d"}, {"value": "b", "display": None, "operation": "delete"}]}) == ("New", "acd")
    assert group({"members": [{"value": "d"}, {"value": "b", "operation": "Delete"}]}) == ("New", "acd")
    assert group({"meta": {"attributes": ["members"]}, "members": [{"value": "b"}]}) == ("New", "b")
    assert group({"displayName": "Old", "meta": {"attributes": ["urn:scim:schemas:core:1.0:members"]}}) == ("Old", "")
    assert group({"meta": {"attributes": ["members"]}, "members": []}) == ("Old", "")
    assert group({}) == ("Old", "")


def test_a_group_is_found_replaced_and_deleted(okta: Send) -> None:
    ann, bob = (okta("POST", "/Users", random_user(userName=name))[1]["id"] for name in ("ann@x.io", "bob@x.io"))
    status, made = okta("POST", "/Groups", {"schemas": [CORE], "displayName": "Travel desk"})
    assert (status, made["schemas"], made["members"]) == (201, [CORE], [])
    path = f"/Groups/{made['id']}"
    status, page = okta("GET", "/Groups?filter=displayName%20eq%20%22TRAVEL+desk%22&startIndex=1&count=100")
    assert (status, page["schemas"], page["totalResults"], page["Resources"][0]["id"]) == (200, [CORE], 1, made["id"])
    both = [{"value": ann, "display": "ann@x.io"}, {"value": bob, "display": None}]
    status, put = okta("PUT", path, {**made, "displayName": "Desk", "members": both})
    assert (status, put["displayName"], {item["value"] for item in put["members"]}) == (200, "Desk", {ann, bob})
    assert okta("GET", path)[1]["members"] == put["members"]
    assert okta("PUT", path, {**put, "members": []})[1]["members"] == []
    status, error = okta("POST", "/Groups", {"schemas": [CORE], "displayName": "desk"})
    assert (status, error["Errors"][0]["code"]) == (409, "409")
    assert (okta("DELETE", path), okta("GET", path)[0], okta("GET", f"/Users/{ann}")[0]) == ((204, None), 404, 200)


def test_a_user_is_patched_by_merging(okta: Send) -> None:
    user = random_user(
        nickName="Run", title="Boss", phoneNumbers=[{"value": "1", "type": "work"}],
        **{ENTERPRISE: {"department": "Travel", "costCenter": "1", "manager": {"managerId": "77", "displayName": "Boss"}}},
    )  # fmt: skip
    path = f"/Users/{okta('POST', '/Users', user)[1]['id']}"

    def patch(**body: Any) -> Any:
        status, after = okta("PATCH", path, {"schemas": [CORE], **body})
        assert status == 200, after
        return after

    assert patch(name={"familyName": "New"})["name"] == {"givenName": "Runscope", "familyName": "New"}
    assert patch(phoneNumbers=[{"value": "2", "type": "home"}])["phoneNumbers"] == [
        {"value": "1", "type": "work"},
        {"value": "2", "type": "home"},
    ]
    assert patch(phoneNumbers=[{"value": "1", "operation": "delete"}])["phoneNumbers"] == [{"value": "2", "type": "home"}]
    assert "phoneNumbers" not in patch(phoneNumbers=[{"value": "2", "operation": "delete"}, {"value": "9", "operation": "delete"}])
    after = patch(meta={"attributes": ["nickName", "title", f"{ENTERPRISE}:costCenter"]}, title="Pilot")
    assert ("nickName" in after, after["title"], after[ENTERPRISE]["department"], "costCenter" in after[ENTERPRISE]) == (
        False,
        "Pilot",
        "Travel",
        False,
    )
    assert patch(**{ENTERPRISE: {"manager": {"managerId": "78", "displayName": "Boss"}}})[ENTERPRISE] == {
        "department": "Travel",
        "manager": {"managerId": "78", "displayName": "Boss"},
    }
    assert patch()["title"] == "Pilot"


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/Users/{user}", {"meta": {"attributes": "title"}}, "meta.attributes"),
        ("/Users/{user}", {"meta": {"attributes": [5]}}, "meta.attributes"),
        ("/Users/{user}", {"meta": {"attributes": ["a b"]}}, "at character 3"),
        ("/Users/{user}", {"emails": [{"operation": "delete"}]}, "needs its value"),
        ("/Users/{user}", {"active": "perhaps"}, "active must be true or false"),
        ("/Users/{user}", {"emails": "x"}, "emails must be"),
        ("/Users/{user}", {"roles": ["king"]}, "company-admin"),
        ("/Groups/{group}", {"members": [{"value": "nobody"}]}, "nobody"),
        ("/Groups/{group}", {"members": [{"value": "{user}", "operation": "remove"}]}, "the operation of an element is delete"),
        ("/Users/{user}", {"emails": [{"value": "x@y.example", "operation": 5}]}, "the operation of an element is delete"),
        ("/Groups/{group}", {"displayName": ""}, "displayName"),
        ("/Groups/{group}", [], "must be an object|JSON object"),
    ],
)  # fmt: skip
def test_a_wrong_patch_says_what_is_wrong_and_changes_nothing(okta: Send, path: str, body: Any, words: str) -> None:
    keys = {
        "user": okta("POST", "/Users", random_user())[1]["id"],
        "group": okta("POST", "/Groups", {"schemas": [CORE], "displayName": "Team"})[1]["id"],
    }
    address = path.format(**keys)
    before = okta("GET", address)[1]
    status, error = okta("PATCH", address, body)
    assert status == 400
    assert any(word in error["detail"] for word in words.split("|")), error
    assert okta("GET", address)[1] == before


@pytest.mark.parametrize(
    ("method", "path", "headers", "code"),
    [
        ("GET", "/Users", {"Authorization": "wrong"}, 401),
        ("GET", "/Users/unknown", {}, 404),
        ("GET", "/Nothing", {}, 404),
        ("DELETE", "/Users", {}, 405),
        ("POST", "/Users", {}, 400),
        ("GET", "/Users?filter=ABC@X", {}, 400),
        ("GET", "/Users?count=many", {}, 400),
    ],
)
def test_every_failure_has_both_forms_of_error(okta: Send, method: str, path: str, headers: dict[str, str], code: int) -> None:
    status, error = okta(method, path, **headers)
    assert status == code
    detail = error["detail"]
    assert detail
    assert error == {"schemas": [CORE], "Errors": [{"description": detail, "code": str(code)}], "detail": detail, "status": str(code)}


def test_a_conflict_and_a_stale_version_have_both_forms_too(okta: Send) -> None:
    user = random_user()
    path = f"/Users/{okta('POST', '/Users', user)[1]['id']}"
    for code, (status, error) in (
        (409, okta("POST", "/Users", user)),
        (412, okta("PATCH", path, {"title": "x"}, **{"If-Match": 'W/"999"'})),
    ):
        assert (status, set(error), error["Errors"]) == (
            code,
            {"schemas", "Errors", "detail", "status"},
            [{"description": error["detail"], "code": str(code)}],
        )


BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, BODIES, max_size=5), st.text(max_size=20) | KEYS)
def test_no_body_and_no_name_breaks_the_translation(body: dict[str, Any], text: str) -> None:
    user = resources.build(load_profile("travelbank")).user
    shapes.taken(body, user)
    for translate in (lambda: merge.operations(body, user), lambda: shapes.asked({"filter": text, "sortBy": text, "attributes": text})):
        with contextlib.suppress(ScimError, Malformed):
            translate()


def test_versions_move_and_are_asked_for(okta: Send) -> None:
    key = okta("POST", "/Users", random_user())[1]["id"]
    version = okta("GET", f"/Users/{key}")[1]["meta"]["version"]
    assert okta("GET", f"/Users/{key}", **{"If-None-Match": version}) == (304, None)
    assert okta("PATCH", f"/Users/{key}", {"title": "x"}, **{"If-Match": 'W/"999"'})[0] == 412
    assert okta("PATCH", f"/Users/{key}", {"title": "x"}, **{"If-Match": version})[0] == 200
    assert okta("GET", f"/Users/{key}", **{"If-None-Match": version})[0] == 200


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


def test_it_is_served_only_where_the_profile_says_so(app: Flask, client: Callable[..., Any]) -> None:
    factories.make_workspace(app, "acme", "Acme")
    factories.enable_scim(app, "acme")
    token = factories.make_token(app, "acme")
    for path in ("/Users", "/ServiceProviderConfigs", "/Users/x"):
        answer = client("acme").get(f"/scim/v1{path}", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.content_type) == (404, "application/json")
        assert answer.get_json()["Errors"][0]["code"] == "404"


def test_switched_off_it_says_so(travelbank: Flask, okta: Send) -> None:
    with factories.inside(travelbank, "acme") as ctx:
        provisioning.switch(ctx, False)
    status, error = okta("GET", "/Users")
    assert (status, "switched off" in error["Errors"][0]["description"]) == (403, True)
