"""What every answer shares: entity tags, chosen attributes, searches, slashes, and errors that are SCIM whatever failed."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from portal.scim import users
from tests.scim.okta import Okta
from tests.scim.words import ENTERPRISE, ERROR, LIST
from tests.support import site


def test_the_tag_moves_with_each_change_and_guards_writes(okta):
    user = okta.make("ann")
    path = f"/Users/{user['id']}"
    assert okta.last.headers["ETag"] == user["meta"]["version"] == 'W/"1"'
    assert okta.last.headers["Location"] == user["meta"]["location"]
    for tag in ('W/"1"', '"1"', '"0", W/"1"', "*"):
        assert okta("GET", path, If_None_Match=tag) == (304, None)
        assert okta.last.headers["ETag"] == 'W/"1"'
    assert okta("GET", path, If_None_Match='W/"2"')[0] == 200
    for method, body in (
        ("PUT", {"userName": "x"}),
        ("PATCH", {"Operations": [{"op": "replace", "value": {"title": "x"}}]}),
        ("DELETE", None),
    ):
        status, error = okta(method, path, body, If_Match='W/"9"')
        assert (status, 'W/"1"' in error["detail"]) == (412, True)
    assert okta("PUT", path, {"userName": "ann", "title": "x"}, If_Match='W/"1"')[1]["meta"]["version"] == 'W/"2"'
    assert okta("DELETE", path, If_Match="*")[0] == 204


def test_joining_a_group_moves_the_tag(okta, cast):
    before = okta("GET", f"/Users/{cast.alan.id}")[1]["meta"]["version"]
    group = okta("POST", "/Groups", {"displayName": "G", "members": [{"value": cast.alan.id}]})[1]
    joined = okta("GET", f"/Users/{cast.alan.id}")[1]["meta"]["version"]
    okta("PUT", f"/Groups/{group['id']}", {"displayName": "G", "members": []})
    assert len({before, joined, okta("GET", f"/Users/{cast.alan.id}")[1]["meta"]["version"]}) == 3


def test_attributes_are_chosen_on_every_answer(okta):
    user = okta.make("ann", title="T", name={"givenName": "Ann", "familyName": "Lee"}, **{ENTERPRISE: {"department": "D", "division": "V"}})
    path = f"/Users/{user['id']}"
    always = {"schemas", "id"}
    for asked, expected in (
        ("userName", {"userName": "ann"}),
        ("USERNAME,title", {"userName": "ann", "title": "T"}),
        ("name.givenName", {"name": {"givenName": "Ann"}}),
        (f"{ENTERPRISE}:department", {ENTERPRISE: {"department": "D"}}),
        (ENTERPRISE, {ENTERPRISE: {"department": "D", "division": "V"}}),
        ("nothing", {}),
    ):
        for shown in (
            okta("GET", f"{path}?attributes={asked}")[1],
            okta("GET", f'/Users?filter=userName eq "ann"&attributes={asked}')[1]["Resources"][0],
        ):
            assert {name: value for name, value in shown.items() if name not in always} == expected
            assert always <= set(shown)
    assert okta("PUT", f"{path}?attributes=userName", user)[1].keys() == {"schemas", "id", "userName"}
    assert okta("POST", "/Users?attributes=userName", {"userName": "bob"})[1].keys() == {"schemas", "id", "userName"}
    left = okta("GET", f"{path}?excludedAttributes=id,schemas,meta,name.familyName,roles")[1]
    assert (set(user) - set(left), left["name"]) == ({"meta", "roles"}, {"givenName": "Ann"})
    assert okta("GET", f"{path}?attributes=a&excludedAttributes=b")[0] == 400


def test_a_search_answers_as_the_list_does(okta):
    query = 'filter=userName sw "a"&sortBy=userName&sortOrder=descending&startIndex=1&count=1&attributes=userName'
    body = {
        "filter": 'userName sw "a"',
        "sortBy": "userName",
        "sortOrder": "descending",
        "startIndex": 1,
        "count": 1,
        "attributes": ["userName"],
    }
    assert okta("POST", "/Users/.search", body) == okta("GET", f"/Users?{query}")
    assert okta.last.status_code == 200


@pytest.mark.parametrize("path", ["/Users/.search", "/Groups/.search", "/.search"])
@pytest.mark.parametrize("name", ["attributes", "excludedAttributes"])
def test_names_of_attributes_in_a_search_are_texts(okta, path, name):
    wrong: list[Any] = [[5], ["userName", None], 5, True, {"userName": 1}, [["userName"]]]
    for value in wrong:
        status, error = okta("POST", path, {name.upper(): value})
        assert (status, error["scimType"], error["detail"].startswith(f"{name} must be")) == (400, "invalidValue", True), value
    for value in ([], "userName, title", ["userName"], None):
        assert okta("POST", path, {name: value})[0] == 200


def test_a_search_over_everything(app, okta, cast):
    okta("POST", "/Groups", {"displayName": "Ada's"})
    pages = [okta("POST", "/.search", {"startIndex": start, "count": 2})[1] for start in (1, 3, 5, 7)]
    assert [page["itemsPerPage"] for page in pages] == [2, 2, 1, 0]
    assert {(page["totalResults"], page["schemas"][0]) for page in pages} == {(5, LIST)}
    kinds = [item["meta"]["resourceType"] for page in pages for item in page["Resources"]]
    assert kinds == ["User"] * 4 + ["Group"]
    assert okta("GET", "/?count=5")[1]["Resources"] == okta("POST", "/.search", {"count": 5})[1]["Resources"]
    assert okta("POST", "/.search", {"filter": 'meta.resourceType eq "Group"'})[1]["totalResults"] == 1
    assert okta("POST", "/.search", {"filter": "userName eq"})[1]["scimType"] == "invalidFilter"
    assert Okta(app, scope=["scim:groups:read"])("POST", "/.search", {})[1]["totalResults"] == 1
    assert Okta(app, scope=["scim:users:write"])("POST", "/.search", {})[0] == 403


def test_numbers_are_numbers_and_strange_windows_are_answered(okta):
    for query, window in (
        ("count=2&startIndex=2", (2, 2)),
        ("count=0", (1, 0)),
        ("count=-3", (1, 0)),
        ("startIndex=-7", (1, 4)),
        ("startIndex=999999999999", (999999999999, 0)),
    ):
        page = okta("GET", f"/Users?{query}")[1]
        assert (page["startIndex"], page["itemsPerPage"], page["totalResults"]) == (*window, 4), query
    for query in ("count=x", "startIndex=1.5", "count=", "count=99999999999999999999"):
        assert okta("GET", f"/Users?{query}")[1]["scimType"] == "invalidValue", query


def test_a_filter_that_cannot_be_run_is_400_never_an_empty_list(okta):
    for text in (
        "ABC@X",
        "userName eq",
        'userName xx "a"',
        "userName eq bob",
        "(userName pr",
        'password eq "x"',
        "active gt true",
        "x" * 5000,
    ):
        for path in ("/Users", "/Groups"):
            status, error = okta("GET", f"{path}?filter={text}")
            assert (status, error["scimType"], "character" in error["detail"]) == (400, "invalidFilter", True), text


def test_slashes_too_many_are_passed_over(okta):
    for path in ("/Users/", "//Users", "///Users//?count=1"):
        assert okta("GET", path)[0] == 200
    assert okta("POST", "//Users/", {"userName": "ann"})[0] == 201


def test_every_failure_under_scim_is_scim(okta, monkeypatch):
    for method, path, status in (
        ("GET", "/", 200),
        ("GET", "/Nope", 404),
        ("GET", "/Users/a/b", 404),
        ("PATCH", "/Users", 405),
        ("TRACE", "/Users", 405),
    ):
        assert okta(method, path)[0] == status
    for path in ("/scim/", "/scim/v9/Users", "/scim/x"):
        assert okta.http.get(path).get_json()["schemas"] == [ERROR]
    assert okta.http.options("/scim/v2/Users").status_code == 204
    okta.app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        for error, status in ((RuntimeError("secret words"), 500), (OperationalError("SELECT", {}, psycopg.OperationalError("down")), 503)):
            monkeypatch.setattr(users, "read", _raises(error))
            answered, body = okta("GET", "/Users/1")
            assert (answered, body["schemas"], body["status"], "secret" in okta.last.text) == (status, [ERROR], str(status), False)
        assert okta.last.headers["Retry-After"].isdigit()
    finally:
        okta.app.config["PROPAGATE_EXCEPTIONS"] = None


def _raises(error):
    def get(*_args):
        raise error

    return get


@pytest.mark.parametrize("subdomain", ["acme", "api"])
def test_locations_are_those_of_the_host_that_was_asked(app, okta, subdomain):
    there = Okta(app, subdomain=subdomain)
    user = there.make(f"ann{subdomain}")
    assert user["meta"]["location"] == f"http://{subdomain}.portal.localhost:5000/scim/v2/Users/{user['id']}"


@pytest.mark.one_database
@pytest.mark.parametrize("subdomain", ["acme", "api", "app", "nowhere"])
def test_a_base_url_without_its_path_is_told_in_json_to_okta_and_in_a_page_to_people(app, okta, subdomain):
    http = site.client(app, subdomain)
    for path in ("/Users?startIndex=1&count=2", "/scim", "/v2/Users", "//scim/v2/Users"):
        for accept in ("application/scim+json", "application/json"):
            answer = http.get(path, headers={"Accept": accept, "Authorization": f"Bearer {okta.token}"})
            assert (answer.status_code, answer.content_type) == (404, "application/scim+json")
            assert "Compare the base URL with the one that the portal shows" in answer.get_json()["detail"]
        for accept in ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "*/*", ""):
            assert http.get(path, headers={"Accept": accept}).mimetype == "text/html"
