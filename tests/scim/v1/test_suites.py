"""Okta's published suites for SCIM 1.1, step by step, and what its agents read before."""

from __future__ import annotations

import time

import pytest

from tests.scim.v1.words import CORE, Send, look_up, random_user


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


def test_the_spec_suite_is_answered_in_its_time(okta: Send) -> None:
    """The suite allows 400 ms for discovery and look-ups, 600 ms for the rest; the fastest of three counts, as the machine may be busy."""
    key = okta("POST", "/Users", random_user())[1]["id"]
    quick = ("/ServiceProviderConfigs", "/ResourceTypes", "/Schemas", look_up("abcdefgh@atko.com"))
    steps: dict[tuple[str, str], float] = {("GET", path): 0.4 for path in quick}
    steps |= {("GET", path): 0.6 for path in ("/Users?count=1&startIndex=1", f"/Users/{key}", "/Users/0101", "/Groups")}
    for (method, path), most in {**steps, ("POST", "/Users"): 0.6}.items():
        taken = []
        for _ in range(3):
            body, began = random_user() if method == "POST" else None, time.perf_counter()
            okta(method, path, body)
            taken.append(time.perf_counter() - began)
        assert min(taken) < most, path


def test_no_media_type_that_is_asked_for_is_refused(okta: Send) -> None:
    for accept in ("application/scim+json", "application/scim+json; charset=utf-8", "text/html", "image/png", "*/*;q=0"):
        assert okta("GET", "/Users?startIndex=1&count=2", Accept=accept)[0] == 200
    user = random_user()
    for kind in ("application/scim+json", "text/plain"):
        assert okta("POST", "/Users", {**user, "userName": f"{kind}@x.io"}, **{"Content-Type": kind})[0] == 201


def test_each_kind_of_resource_is_described(okta: Send) -> None:
    types, schemas = (okta("GET", path)[1]["Resources"] for path in ("/ResourceTypes", "/Schemas"))
    assert [(item["name"], item["endpoint"], item["schema"], item["schemas"]) for item in types] == [
        ("User", "/Users", CORE, [CORE]),
        ("Group", "/Groups", CORE, [CORE]),
    ]
    assert [(item["name"], bool(item["attributes"])) for item in schemas] == [("User", True), ("Group", True)]


def test_an_import_reads_every_page(okta: Send) -> None:
    names = [okta("POST", "/Users", random_user(userName=f"person{number}@x.io"))[1]["userName"] for number in range(4)]
    pages = [okta("GET", f"/Users?startIndex={start}&count=2")[1] for start in (1, 3, 5, 7)]
    assert [(page["schemas"], page["totalResults"], page["startIndex"], page["itemsPerPage"]) for page in pages] == [
        ([CORE], 5, start, size) for start, size in ((1, 2), (3, 2), (5, 1), (7, 0))
    ]
    assert [user["userName"] for page in pages for user in page["Resources"]] == ["ada@acme.example", *names]


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


@pytest.mark.parametrize("form", ["{token}", "Bearer {token}", "Bearer Bearer {token}", "bearer {token}"])
def test_the_token_is_taken_as_it_was_typed(okta: Send, token: str, form: str) -> None:
    assert okta("GET", "/Users?startIndex=1&count=2", Authorization=form.format(token=token))[0] == 200
