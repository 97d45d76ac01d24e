"""Discovery says what the server really does: schemas by the profile, limits, and that nobody writes there."""

from __future__ import annotations

from tests.scim.words import ENTERPRISE, GROUP, LIST, USER

ENDPOINTS = ("/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas", f"/Schemas/{USER}")


def attributes_of(okta, urn=USER):
    return {item["name"]: item for item in okta("GET", f"/Schemas/{urn}")[1]["attributes"]}


def test_each_document_is_there_and_only_read(okta):
    for path in ENDPOINTS:
        assert okta("GET", path)[0] == 200
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            status, error = okta(method, path, {})
            assert (status, error["status"], "GET" in okta.last.headers["Allow"]) == (405, "405", True)
        assert okta("GET", f"{path}?filter=id%20pr")[0] == 403


def test_the_lists_hold_what_each_address_gives(okta):
    for path, names in (("/ResourceTypes", ["User", "Group"]), ("/Schemas", [USER, ENTERPRISE, GROUP])):
        listed = okta("GET", path)[1]
        assert (listed["schemas"], listed["totalResults"], [item["id"] for item in listed["Resources"]]) == ([LIST], len(names), names)
        for item in listed["Resources"]:
            assert okta("GET", f"{path}/{item['id']}") == (200, item)
            assert item["meta"]["location"].endswith(f"/scim/v2{path}/{item['id']}")
        assert okta("GET", f"{path}/nothing")[0] == 404


def test_the_configuration_is_true(okta):
    config = okta("GET", "/ServiceProviderConfig")[1]
    assert [config[name]["supported"] for name in ("patch", "bulk", "filter", "sort", "etag", "changePassword")] == [True] * 5 + [False]
    assert okta("GET", f"/Users?count={config['filter']['maxResults'] + 1}")[0] == 200
    assert config["pagination"]["cursor"] is True
    assert okta("GET", "/Users?cursor&count=1")[1]["nextCursor"]
    assert config["authenticationSchemes"][0]["type"] == "oauthbearertoken"


def test_the_schema_lists_exactly_what_a_user_can_hold(okta):
    listed = attributes_of(okta)
    user = okta("GET", "/Users?count=1")[1]["Resources"][0]
    assert set(user) - {"schemas", "id", "meta", "externalId"} <= set(listed)
    assert "password" not in listed
    facts = {name: listed[name] for name in ("userName", "groups", "photos", "active")}
    assert (facts["userName"]["required"], facts["userName"]["uniqueness"], facts["userName"]["caseExact"]) == (True, "server", False)
    assert facts["groups"]["mutability"] == "readOnly"
    assert {item["name"] for item in listed["emails"]["subAttributes"]} == {"value", "display", "type", "primary"}


def filled(item, value):
    """The attribute with `value` in every text it has."""
    if item["type"] == "complex":
        parts = {sub["name"]: filled(sub, value) for sub in item["subAttributes"]}
        return [parts] if item["multiValued"] else parts
    return True if item["type"] == "boolean" else value


def texts(item, path):
    """The paths of the attribute's texts, each with whether letter case counts."""
    if item["type"] == "complex":
        return [found for sub in item["subAttributes"] for found in texts(sub, f"{path}.{sub['name']}")]
    return [(path, item["caseExact"])] if item["type"] in ("string", "reference", "binary") else []


def test_what_the_schemas_say_of_each_attribute_is_so(okta):
    """Who may write it, whether it comes back, and whether letter case counts."""
    user = okta.make("Mixed")
    path, special = f"/Users/{user['id']}", {"emails": "MiXed@x.io", "userName": "MiXed"}
    for urn in (USER, ENTERPRISE):
        for name, item in attributes_of(okta, urn).items():
            aim = name if urn == USER else f"{urn}:{name}"
            value = filled(item, special.get(name, "MiXed"))
            if name == "roles":
                value = [{**value[0], "value": "Maker"}]
            status, answer = okta.patch(path, {"op": "replace", "path": aim, "value": value})
            if item["mutability"] == "readOnly":
                assert (status, answer["scimType"]) == (400, "mutability"), aim
                continue
            assert (status, item["returned"]) == (200, "default"), (aim, answer)
            assert (answer if urn == USER else answer[urn])[name] == value, aim
            for text, exact in texts(item, aim):
                wanted = {"roles.value": "mAKER"}.get(text, "mIxED@X.IO" if name == "emails" else "mIxED")
                found = okta("GET", f'/Users?filter={text} eq "{wanted}" and id eq "{user["id"]}"')[1]["totalResults"]
                assert found == (0 if exact else 1), text
            if item.get("uniqueness") == "server":
                assert okta("POST", "/Users", {"userName": "x", name: value})[0] == 409


def test_the_role_stands_where_the_profile_says(okta):
    value = next(item for item in attributes_of(okta)["roles"]["subAttributes"] if item["name"] == "value")
    assert value["canonicalValues"] == ["admin", "maker", "contributor", "viewer"]


def test_the_role_of_another_product(okta_of):
    listed = attributes_of(okta_of("productiv"))
    assert "limited-plus-user" in listed["permissionsRole"]["canonicalValues"]
    assert "canonicalValues" not in next(item for item in listed["roles"]["subAttributes"] if item["name"] == "value")


def test_what_a_product_requires_is_required(okta_of):
    listed = attributes_of(okta_of("productive"))
    assert [listed[name]["required"] for name in ("userName", "emails", "name", "title")] == [True, True, True, False]
    assert listed["userType"]["canonicalValues"] == ["employee", "contractor"]


def test_nobody_is_me(okta):
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        status, error = okta(method, "/Me", {} if method != "GET" else None)
        assert (status, error["status"]) == (501, "501")
