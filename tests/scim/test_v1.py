"""SCIM 1.1: Okta's published suites step by step, its merge-PATCH, its errors, over the same directory as 2.0."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain import members, provisioning
from portal.models import Member
from portal.profile import load_profile
from portal.scim import resources
from portal.scim.errors import ScimError
from portal.scim.filters import Malformed
from portal.scim.v1 import merge, shapes
from tests import factories
from tests.support import site

CORE = "urn:scim:schemas:core:1.0"
ENTERPRISE = "urn:scim:schemas:extension:enterprise:1.0"
OKTA = "urn:okta:custom:group:1.0"
Send = Callable[..., tuple[int, Any]]
KEYS = st.sampled_from(
    ["meta", "attributes", "members", "emails", "operation", "value", "name", "manager", "Schemas", CORE, ENTERPRISE, "x y"]
)


@pytest.fixture
def travelbank(database: str, applications: dict[str, Flask]) -> Flask:
    """A portal whose profile serves 1.1 and 2.0, with the workspace acme and its owner; kept for the worker's other tests."""
    name = f"{database} travelbank"
    if name not in applications:
        applications[name] = site.make(database_url=database, profile="travelbank")
    app = applications[name]
    site.refresh(app)
    factories.make_workspace(app, "acme", "Acme")
    factories.make_person(app, "acme", "Ada", "Lovelace", role="company-admin", owner=True)
    factories.enable_scim(app, "acme")
    return app


@pytest.fixture
def token(travelbank: Flask) -> str:
    """A header token of acme."""
    return factories.make_token(travelbank, "acme")


@pytest.fixture
def okta(travelbank: Flask, token: str) -> Send:
    """Sends a request as Okta's 1.1 client does: `okta("POST", "/Users", body)` gives status and body."""
    http = site.client(travelbank, "acme")
    usual = {"Accept": "application/json", "Content-Type": "application/json; charset=utf-8", "User-Agent": "OKTA SCIM Integration"}

    def send(method: str, path: str, body: Any = None, *, version: str = "v1", **headers: str) -> tuple[int, Any]:
        data = json.dumps(body).encode() if body is not None else None
        sent = {**usual, "Authorization": token, **headers}
        answer = http.open(f"/scim/{version}{path}", method=method, data=data, headers=sent)
        if version == "v1" and answer.status_code not in (204, 304):
            assert answer.content_type == "application/json", answer.text[:300]
        return answer.status_code, answer.get_json(silent=True)

    return send


def random_user(**more: Any) -> dict[str, Any]:
    name = f"Runscope{uuid.uuid4().hex[:3]}Xyzabc123@atko.com"
    return {
        "schemas": [CORE],
        "userName": name,
        "name": {"givenName": "Runscope", "familyName": "Xyzabc"},
        "emails": [{"primary": True, "value": name, "type": "work"}],
        "displayName": "Runscope Xyzabc",
        "active": True,
        **more,
    }


def look_up(name: str) -> str:
    return f"/Users?filter=userName%20eq%20%22{name}%22&startIndex=1&count=100"


def test_spec_suite(okta: Send) -> None:
    """Okta SCIM 1.1 SPEC Test, its 16 requests in order."""
    status, config = okta("GET", "/ServiceProviderConfigs", **{"Content-Type": "application/scim+json"})
    assert status == 200
    assert CORE in config["schemas"]
    for feature, parts in {"patch": 1, "bulk": 3, "filter": 2, "changePassword": 1, "sort": 1, "etag": 1}.items():
        assert isinstance(config[feature]["supported"], bool)
        assert len(config[feature]) == parts
    assert config["filter"]["maxResults"] > 0
    assert all(config["authenticationSchemes"][0][key] for key in ("type", "description"))
    assert okta("POST", "/ServiceProviderConfigs", {})[0] == 405

    status, types = okta("GET", "/ResourceTypes")
    assert (status, CORE in types["schemas"]) == (200, True)
    assert all(types["Resources"][0][key] for key in ("name", "endpoint", "schema"))
    assert okta("POST", "/ResourceTypes", {})[0] == 405

    status, schemas = okta("GET", "/Schemas")
    assert (status, f"{CORE}:ListResponse" in schemas["schemas"]) == (200, True)
    assert all(schemas["Resources"][0][key] for key in ("id", "attributes"))
    assert okta("POST", "/Schemas", {})[0] == 405

    status, page = okta("GET", "/Users?count=1&startIndex=1")
    assert (status, page["schemas"]) == (200, [CORE])
    assert [type(page[name]) for name in ("itemsPerPage", "startIndex", "totalResults")] == [int] * 3
    first = page["Resources"][0]
    assert all((first["id"], first["name"]["familyName"], first["name"]["givenName"], first["userName"], first["emails"][0]["value"]))
    assert first["active"] is True
    assert okta("GET", f"/Users/{first['id']}") == (200, first)

    for absent in ("abcdefgh@atko.com", random_user()["userName"]):
        status, found = okta("GET", look_up(absent))
        assert (status, found["schemas"], found["totalResults"]) == (200, [CORE], 0)
    status, error = okta("GET", "/Users/010101001010101011001010101011")
    assert (status, bool(error["detail"])) == (404, True)

    user = random_user()
    status, created = okta("POST", "/Users", user, **{"Content-Type": "application/json"})
    assert (status, created["active"], bool(created["id"])) == (201, True, True)
    assert (created["userName"], created["name"]["familyName"], created["name"]["givenName"]) == (user["userName"], "Xyzabc", "Runscope")
    assert CORE in created["schemas"]
    assert okta("GET", f"/Users/{created['id']}") == (200, created)
    assert okta("POST", "/Users", user)[0] == 409

    status, error = okta("GET", f"/Users?filter={user['userName'].upper()}")
    assert (status, "at character 1" in error["detail"]) == (400, True)

    okta("POST", "/Groups", {"schemas": [CORE], "displayName": "Everyone"})
    status, groups = okta("GET", "/Groups")
    assert (status, groups["totalResults"], len(groups["Resources"])) == (200, 1, 1)


def test_the_on_premises_agent_reads_what_the_server_takes(okta: Send) -> None:
    config = okta("GET", "/ServiceProviderConfigs")[1]
    assert {"PUSH_NEW_USERS", "GROUP_PUSH"} < set(config["urn:okta:schemas:scim:providerconfig:1.0"]["userManagementCapabilities"])
    assert okta("GET", "/ServiceProviderConfig")[0] == 404


def test_crud_suite(okta: Send) -> None:
    """The server's side of Okta SCIM 1.1 CRUD Test; Okta asks for application/scim+json here and must not get a 406."""
    accept = {"Accept": "application/scim+json"}
    user = random_user(locale="en_US", externalId="00ujl29u0le5T6Aj10h7", groups=[], password="1mz050nq")
    key = okta("POST", "/Users", user)[1]["id"]
    status, page = okta("GET", look_up(user["userName"]), **accept)
    found = page["Resources"][0]
    assert (status, found["id"], found["userName"], found["emails"][0]["value"]) == (200, key, user["userName"], user["userName"])
    assert (found["locale"], found["externalId"], "password" in found) == ("en_US", "00ujl29u0le5T6Aj10h7", False)
    found["name"]["givenName"] = "Renamed"
    assert okta("PUT", f"/Users/{key}", found)[0] == 200
    assert okta("GET", f"/Users/{key}", **accept)[1]["name"]["givenName"] == "Renamed"
    for active in (False, True, False):
        status, patched = okta("PATCH", f"/Users/{key}", {"schemas": [CORE], "id": key, "active": active})
        assert (status, patched["active"]) == (200, active)
        status, read = okta("GET", f"/Users/{key}", **accept)
        assert (status, read["id"], read["active"], read["name"]["givenName"], read["locale"]) == (200, key, active, "Renamed", "en_US")


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


@pytest.mark.parametrize("form", ["{token}", "Bearer {token}", "Bearer Bearer {token}", "bearer {token}"])
def test_the_token_is_taken_as_it_was_typed(okta: Send, token: str, form: str) -> None:
    assert okta("GET", "/Users?startIndex=1&count=2", Authorization=form.format(token=token))[0] == 200


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
