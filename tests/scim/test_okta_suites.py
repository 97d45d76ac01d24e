"""Okta's published suites for SCIM 2.0, step by step: SPEC (12 requests) and the server's side of CRUD (13)."""

from __future__ import annotations

import pytest

from tests import factories
from tests.scim.words import ERROR, GROUP, LIST, PATCH, USER, random_user


def test_spec_suite(okta):
    status, page = okta("GET", "/Users?count=1&startIndex=1")
    assert status == 200
    assert page["schemas"] == [LIST]
    assert [type(page[name]) for name in ("itemsPerPage", "startIndex", "totalResults")] == [int] * 3
    first = page["Resources"][0]
    assert all((first["id"], first["name"]["familyName"], first["name"]["givenName"], first["userName"], first["emails"][0]["value"]))
    assert first["active"] is True

    status, same = okta("GET", f"/Users/{first['id']}")
    assert (status, same) == (200, first)

    for absent in ("abcdefgh@atko.com", random_user()["userName"]):
        status, found = okta("GET", f"/Users?filter=userName%20eq%20%22{absent}%22")
        assert (status, found["schemas"], found["totalResults"], found["Resources"]) == (200, [LIST], 0, [])

    status, error = okta("GET", "/Users/010101001010101011001010101011")
    assert (status, error["schemas"], error["status"]) == (404, [ERROR], "404")
    assert error["detail"]

    user = random_user()
    status, created = okta("POST", "/Users", user, **{"Content-Type": "application/json", "Accept": "application/scim+json; charset=utf-8"})
    assert status == 201
    assert (created["active"], created["userName"], created["name"]["givenName"]) == (True, user["userName"], "Runscope")
    assert USER in created["schemas"]

    status, read = okta("GET", f"/Users/{created['id']}")
    assert (status, read["userName"], read["name"]["familyName"]) == (200, user["userName"], "Xyzabc")

    status, error = okta("POST", "/Users", user)
    assert (status, error["scimType"], error["status"]) == (409, "uniqueness", "409")

    assert okta("GET", f"/Users?filter=userName%20eq%20%22{user['userName'].upper()}%22")[1]["totalResults"] == 1

    status, groups = okta("GET", "/Groups")
    assert (status, groups["totalResults"], groups["Resources"]) == (200, 0, [])

    status, error = okta("GET", "/Users?filter=userName%20eq%20%22x%22", Authorization="non-token")
    assert (status, error["status"], error["schemas"]) == (401, "401", [ERROR])
    assert error["detail"]

    status, error = okta("GET", "/Users/00919288221112222")
    assert (status, error["status"], error["schemas"]) == (404, "404", [ERROR])


def catalog(okta, key, active):
    return okta("PATCH", f"/Users/{key}", {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": active}}]})


def custom(okta, key, active):
    document = okta("GET", f"/Users/{key}")[1]
    return okta("PUT", f"/Users/{key}", {**document, "active": active})


@pytest.mark.parametrize("set_active", [catalog, custom], ids=["catalog app", "custom app"])
def test_crud_suite(okta, set_active):
    user = random_user(locale="en-US", externalId="00ujl29u0le5T6Aj10h7", groups=[], password="1mz050nq")
    look_up = f"/Users?filter=userName%20eq%20%22{user['userName']}%22&startIndex=1&count=100"
    assert okta("GET", look_up)[1]["totalResults"] == 0
    key = okta("POST", "/Users", user)[1]["id"]

    found = okta("GET", look_up)[1]["Resources"][0]
    assert (found["userName"], found["emails"][0]["value"], found["name"]["familyName"], found["name"]["givenName"]) == (
        user["userName"],
        user["userName"],
        "Xyzabc",
        "Runscope",
    )
    assert (found["locale"], found["externalId"], "password" in found) == ("en-US", "00ujl29u0le5T6Aj10h7", False)

    found["name"]["givenName"] = "Renamed"
    assert okta("PUT", f"/Users/{key}", found)[0] == 200
    assert okta("GET", f"/Users/{key}")[1]["name"]["givenName"] == "Renamed"

    status, body = set_active(okta, key, False)
    assert (status, body["active"]) == (200, False)
    status, body = okta("GET", f"/Users/{key}")
    assert (status, body["active"]) == (200, False)

    found = okta("GET", look_up)[1]["Resources"][0]
    assert (found["id"], found["active"]) == (key, False)
    assert set_active(okta, key, True)[1]["active"] is True
    assert okta("GET", f"/Users/{key}")[1]["id"] == key

    assert set_active(okta, key, False)[0] == 200
    assert okta("GET", f"/Users/{key}")[1]["active"] is False


def test_the_import_reads_every_page_in_a_stable_order(okta):
    for _ in range(7):
        okta("POST", "/Users", random_user())
    pages = [okta("GET", f"/Users?startIndex={start}&count=4")[1] for start in (1, 5, 9, 13)]
    assert [page["itemsPerPage"] for page in pages] == [4, 4, 3, 0]
    assert {page["totalResults"] for page in pages} == {11}
    names = [user["userName"] for page in pages for user in page["Resources"]]
    assert len(set(names)) == 11


def test_a_catalog_app_pushes_renames_fills_and_deletes_a_group(app, okta, cast):
    status, group = okta("POST", "/Groups", {"schemas": [GROUP], "displayName": "Test SCIMv2", "members": []})
    assert (status, group["displayName"], group["members"]) == (201, "Test SCIMv2", [])
    path = f"/Groups/{group['id']}"

    def patch(*operations):
        return okta("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    assert patch({"op": "replace", "value": {"id": group["id"], "displayName": "Renamed"}})[1]["displayName"] == "Renamed"
    members = [{"value": cast.alan.id, "display": "alan"}, {"value": cast.mary.id, "display": None}]
    assert {item["value"] for item in patch({"op": "add", "path": "members", "value": members})[1]["members"]} == {
        cast.alan.id,
        cast.mary.id,
    }
    assert patch({"op": "add", "path": "members", "value": members})[0] == 200
    status, left = patch(
        {"op": "remove", "path": f'members[value eq "{cast.alan.id}"]'},
        {"op": "add", "path": "members", "value": [{"value": cast.grace.id}]},
    )
    assert {item["value"] for item in left["members"]} == {cast.mary.id, cast.grace.id}
    assert patch({"op": "remove", "path": f'members[value eq "{cast.alan.id}"]'})[0] == 200
    assert okta("GET", f"/Users/{cast.grace.id}")[1]["groups"][0]["display"] == "Renamed"
    assert patch({"op": "replace", "path": "members", "value": []})[1]["members"] == []
    assert [item["value"] for item in patch({"op": "replace", "value": {"members": members[:1]}})[1]["members"]] == [cast.alan.id]
    status, error = patch({"op": "add", "path": "members", "value": [{"value": "nobody"}]})
    assert (status, "nobody" in error["detail"]) == (400, True)
    assert okta("DELETE", path) == (204, None)
    assert okta("GET", path)[0] == 404
    assert okta("GET", f"/Users/{cast.alan.id}")[0] == 200


def test_a_custom_app_pushes_a_group_by_put(app, okta, cast):
    assert okta("GET", '/Groups?filter=displayName eq "X"')[1]["totalResults"] == 0
    group = okta("POST", "/Groups", {"schemas": [GROUP], "displayName": "X"})[1]
    body = {"schemas": [GROUP], "displayName": "Y", "members": [{"value": cast.alan.id, "display": "alan"}]}
    status, put = okta("PUT", f"/Groups/{group['id']}", body)
    assert (status, put["displayName"], [item["value"] for item in put["members"]]) == (200, "Y", [cast.alan.id])
    assert okta("PUT", f"/Groups/{group['id']}", {**put, "members": []})[1]["members"] == []
    status, error = okta("POST", "/Groups", {"schemas": [GROUP], "displayName": "y"})
    assert (status, error["scimType"]) == (409, "uniqueness")


def test_linking_takes_a_member_over_and_leaves_its_role(app, okta, cast):
    found = okta("GET", f"/Users?filter=userName+eq+%22{cast.alan.user_name.upper()}%22&startIndex=1&count=100")[1]["Resources"][0]
    assert found["id"] == cast.alan.id
    okta("PUT", f"/Users/{cast.alan.id}", {**found, "title": "Mathematician"})
    with factories.inside(app, "acme") as ctx:
        from portal.domain import members

        alan = members.get(ctx, cast.alan.id)
        assert (alan.provisioned, alan.role, alan.title) == (True, "maker", "Mathematician")
