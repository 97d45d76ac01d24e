"""Bodies that are none: each is 400 invalidSyntax with a reason, or 413, and changes nothing."""

from __future__ import annotations

from portal.models import Member, ProvisioningEvent
from tests import factories
from tests.scim.words import ERROR

BAD = {
    "nothing": b"",
    "a list": b"[]",
    "half": b'{"userName": ',
    "text": b"userName=bob",
    "NaN": b'{"x": NaN}',
    "infinite": b'{"x": 1e999}',
    "a number of 5,000 digits": b'{"x": ' + b"9" * 5000 + b"}",
    "a number beyond 64 bits": b'{"x": 18446744073709551616}',
    "a fraction beyond 64 bits": b'{"x": 1e300}',
    "not UTF-8": b'{"userName": "\xff"}',
    "NUL": b'{"userName": "a\\u0000b"}',
    "a lone surrogate": b'{"userName": "\\ud800"}',
    "a lone surrogate as key": b'{"\\udc00": 1}',
    "a key twice": b'{"userName": "a", "userName": "b"}',
    "a key twice, deep": b'{"x": [{"y": {"z": 1, "z": 2}}]}',
    "65 levels": b'{"x":' + b"[" * 65 + b"]" * 65 + b"}",
    "100,000 levels": b'{"x":' + b"[" * 100_000,
}


def test_each_is_refused_with_a_reason_and_nothing_is_written(app, okta, cast):
    targets = [("POST", "/Users"), ("PUT", f"/Users/{cast.alan.id}"), ("PATCH", f"/Users/{cast.alan.id}")]
    targets += [("POST", path) for path in ("/Groups", "/Bulk", "/Users/.search", "/.search")]
    for what, body in BAD.items():
        for method, path in targets:
            status, error = okta(method, path, raw=body)
            assert (status, error["scimType"], error["schemas"]) == (400, "invalidSyntax", [ERROR]), what
            assert error["detail"].startswith("The body ")
    with factories.inside(app, "acme") as ctx:
        assert ctx.session.query(Member).filter(Member.workspace_id == ctx.workspace.id).count() == 4
        assert ctx.session.get(Member, cast.alan.id).version == 1
        assert ctx.session.query(ProvisioningEvent).filter(ProvisioningEvent.succeeded).count() == 0


def test_five_megabytes_are_413(okta):
    for path in ("/Users", "/Bulk", "/Groups"):
        status, error = okta("POST", path, raw=b'{"userName": "' + b"x" * 5_000_000 + b'"}')
        assert (status, error["status"], error["schemas"]) == (413, "413", [ERROR])


def test_neither_content_type_nor_accept_matters(okta):
    kinds = ["application/json", "application/scim+json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", ""]
    for at, kind in enumerate(kinds):
        assert okta("POST", "/Users", {"userName": f"bob{at}"}, Content_Type=kind)[0] == 201, kind
    for accept in ("application/json", "text/html", "*/*", "image/png", ""):
        assert okta("GET", "/Users?count=1", Accept=accept)[0] == 200, accept


def test_a_byte_order_mark_is_passed_over(okta):
    assert okta("POST", "/Users", raw=b'\xef\xbb\xbf{"userName": "bob"}')[0] == 201


WRONG: dict[str, list[object]] = {
    "userName": [1, True, [], {}, ""],
    "externalId": [1, ["a"]],
    "name": ["Bob", [], 3, {"givenName": 7}, {"familyName": []}],
    "displayName": [1, {}],
    "active": ["maybe", 1, [], {}],
    "emails": ["a@b.c", {"value": "a@b.c"}, ["a@b.c"], [{"value": 1}], [{"value": "a@b.c", "primary": "yes"}], [{"value": "no address"}]],
    "roles": [7, [7], [{"value": 7}], "no such role"],
    "phoneNumbers": ["1", [1], [{"value": ["1"]}]],
    "addresses": [{}, ["x"], [{"country": 1}]],
    "title": [1],
    "locale": [[]],
    "x509Certificates": ["x", [{"value": 1}]],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": ["x", [], {"department": 1}, {"manager": 7}, {"manager": []}],
}


def test_a_value_of_a_wrong_type_is_400_and_names_the_attribute(okta, cast):
    for name, values in WRONG.items():
        for value in values:
            for method, path in (("POST", "/Users"), ("PUT", f"/Users/{cast.alan.id}")):
                status, error = okta(method, path, {"userName": "bob", name: value})
                assert (status, error["scimType"]) == (400, "invalidValue"), (name, value, error)
                assert name.rpartition(":")[0] in error["detail"]
    assert okta("GET", f"/Users/{cast.alan.id}")[1]["meta"]["version"] == 'W/"1"'


def test_of_a_list_it_is_told_whether_the_list_is_wrong_or_what_stands_in_it(okta):
    for name in ("emails", "addresses", "phoneNumbers"):
        for value, detail in (("x", f"{name} must be a list, not text."), (["x"], f"each of {name} must be an object, not text.")):
            assert okta("POST", "/Users", {"userName": "bob", name: value})[1]["detail"] == detail


def test_a_value_that_is_too_long_is_400(okta):
    for name, length in (("userName", 400), ("externalId", 500), ("title", 500), ("displayName", 500)):
        status, error = okta("POST", "/Users", {"userName": "bob", name: "x" * length})
        assert (status, error["scimType"], "too long" in error["detail"]) == (400, "invalidValue", True)


def test_one_name_in_two_letter_cases_is_400(okta):
    status, error = okta("POST", "/Users", {"userName": "bob", "USERNAME": "eve"})
    assert (status, "twice" in error["detail"]) == (400, True)


def test_names_may_come_in_any_letter_case(okta):
    user = okta("POST", "/Users", {"USERNAME": "bob", "Name": {"GivenName": "Bob"}, "EMAILS": [{"VALUE": "bob@x.io", "Primary": "TRUE"}]})[
        1
    ]
    assert (user["userName"], user["name"], user["emails"]) == ("bob", {"givenName": "Bob"}, [{"value": "bob@x.io", "primary": True}])


def test_an_id_that_no_database_can_hold_is_an_unknown_one(okta):
    for key in ("%00", "a%00b", "%ED%A0%80", "%FF", "x" * 3000, "bulkId:a"):
        for path in (f"/Users/{key}", f"/Groups/{key}"):
            for method, body in (("GET", None), ("PUT", {"userName": "x", "displayName": "x"}), ("DELETE", None)):
                status, error = okta(method, path, body)
                assert (status, error["schemas"]) == (404, [ERROR]), (method, path)
            assert okta.patch(path, {"op": "replace", "value": {"displayName": "x"}})[0] == 404
    steps = [{"method": "DELETE", "path": "/Users/a\tb"}, {"method": "PUT", "path": "/Groups/%00", "data": {"displayName": "x"}}]
    assert [step["status"] for step in okta("POST", "/Bulk", {"Operations": steps})[1]["Operations"]] == ["404", "404"]
