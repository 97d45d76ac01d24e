"""Bulk (RFC 7644 §3.7): references, failOnErrors, limits; each operation stands or falls by itself."""

from __future__ import annotations

from portal.domain import invariants, workspaces
from portal.models import ProvisioningEvent
from portal.scim import bulk
from tests import factories
from tests.scim.okta import Okta
from tests.scim.words import ERROR


def run(okta, *operations, **more):
    status, body = okta("POST", "/Bulk", {"schemas": [bulk.REQUEST_URN], "Operations": list(operations), **more})
    assert (status, body["schemas"]) == (200, [bulk.RESPONSE_URN]), body
    return body["Operations"]


def post(path, name, **data):
    return {"method": "POST", "path": path, "bulkId": name, "data": data}


def test_every_method_and_references_in_any_order(okta):
    done = run(
        okta,
        post("/Groups", "team", displayName="Team", members=[{"value": "bulkId:ann"}, {"value": "bulkId:bob"}]),
        post("/Users", "ann", userName="ann"),
        post("/Users", "bob", userName="bob"),
        {"method": "PATCH", "path": "/Users/bulkId:bob", "data": {"Operations": [{"op": "replace", "value": {"active": False}}]}},
        {"method": "put", "path": "/Users/bulkId:ann", "data": {"userName": "anna"}},
    )
    by_name = {item["bulkId"]: item for item in done if "bulkId" in item}
    assert {name: item["status"] for name, item in by_name.items()} == {"team": "201", "ann": "201", "bob": "201"}
    assert [item["status"] for item in done] == ["201", "201", "201", "200", "200"]
    assert all(item["version"].startswith('W/"') and "/scim/v2/" in item["location"] for item in done)
    team = okta("GET", by_name["team"]["location"].partition("/scim/v2")[2])[1]
    ids = [by_name[name]["location"].rpartition("/")[2] for name in ("ann", "bob")]
    assert sorted(item["value"] for item in team["members"]) == sorted(ids)
    users = [okta("GET", f"/Users/{key}")[1] for key in ids]
    assert [(user["userName"], user["active"]) for user in users] == [("anna", True), ("bob", False)]
    assert run(okta, {"method": "DELETE", "path": f"/Users/{ids[0]}"})[0]["status"] == "204"
    assert okta("GET", f"/Users/{ids[0]}")[0] == 404


def test_one_that_fails_leaves_the_others_and_counts_no_seat(okta):
    with factories.inside(okta.app, "acme") as ctx:
        workspaces.set_seats(ctx, 4)
    done = run(
        okta,
        post("/Users", "a", userName="a", roles="maker"),
        post("/Users", "b", userName="b", roles="maker"),
        post("/Users", "c", userName="A"),
        post("/Users", "d", userName="d"),
    )
    assert [item["status"] for item in done] == ["201", "403", "409", "201"]
    assert [item["response"]["schemas"] for item in done[1:3]] == [[ERROR]] * 2
    with factories.inside(okta.app, "acme") as ctx:
        assert ctx.workspace.seats_used == 4
        events = ctx.session.query(ProvisioningEvent).order_by(ProvisioningEvent.subject).all()
        assert sorted((event.subject, event.succeeded) for event in events) == [("A", False), ("a", True), ("b", False), ("d", True)]


def test_one_that_fails_half_way_takes_back_what_it_wrote(okta):
    nobody = "00000000-0000-4000-8000-000000000000"
    done = run(
        okta,
        post("/Users", "a", userName="a"),
        post("/Groups", "half", displayName="Half", members=[{"value": nobody}]),
        post("/Groups", "whole", displayName="Whole", members=[{"value": "bulkId:a"}]),
    )
    assert [item["status"] for item in done] == ["201", "400", "201"]
    assert [group["displayName"] for group in okta("GET", "/Groups")[1]["Resources"]] == ["Whole"]
    with factories.inside(okta.app, "acme") as ctx:
        assert list(invariants.broken(ctx)) == []


def test_it_stops_at_the_number_of_errors(okta):
    wrong = {"method": "DELETE", "path": "/Users/nobody"}
    done = run(okta, post("/Users", "a", userName="a"), wrong, wrong, post("/Users", "b", userName="b"), failOnErrors=2)
    assert [item["status"] for item in done] == ["201", "404", "404"]
    assert okta("GET", '/Users?filter=userName eq "b"')[1]["totalResults"] == 0
    assert okta("GET", '/Users?filter=userName eq "a"')[1]["totalResults"] == 1


def test_what_an_operation_cannot_be_is_said_in_its_place(okta, cast):
    wrong = [
        7,
        {},
        {"method": "GET", "path": "/Users"},
        {"method": "POST", "path": "/Users", "data": {"userName": "x"}},
        post("/Users/1", "x", userName="x"),
        post("/Nothing", "y"),
        {"method": "PUT", "path": "/Users", "data": {}},
        {"method": "PUT", "path": f"/Users/{cast.alan.id}"},
        {"method": "PATCH", "path": f"/Users/{cast.alan.id}", "data": {}},
        {"method": "DELETE", "path": 7},
        {"method": "DELETE", "path": f"/Users/{cast.alan.id}", "version": 1},
        post("/Users", 5, userName="five"),
    ]
    done = run(okta, *wrong, post("/Groups", "g", displayName="G", members=[{"value": "bulkId:none"}]))
    assert [item["status"] for item in done] == ["400"] * 12 + ["409"]
    assert all(item["response"]["detail"] for item in done)
    assert okta("GET", f"/Users/{cast.alan.id}")[0] == 200


def test_versions_count(okta):
    user = okta.make("ann")
    change = {"method": "PUT", "path": f"/Users/{user['id']}", "data": {"userName": "anna"}}
    assert [item["status"] for item in run(okta, {**change, "version": 'W/"7"'}, {**change, "version": 'W/"1"'})] == ["412", "200"]


def test_the_limits_are_413_and_nothing_is_done(okta):
    config = okta("GET", "/ServiceProviderConfig")[1]["bulk"]
    assert config == {"supported": True, "maxOperations": bulk.MAX_OPERATIONS, "maxPayloadSize": bulk.MAX_PAYLOAD}
    many = [post("/Users", str(at), userName=f"u{at}") for at in range(config["maxOperations"] + 1)]
    big = [post("/Users", "a", userName="u0", blob="x" * config["maxPayloadSize"])]
    for operations in (many, big):
        assert okta("POST", "/Bulk", {"Operations": operations})[0] == 413
    assert okta("GET", '/Users?filter=userName sw "u"')[1]["totalResults"] == 0


def test_a_request_that_is_none_is_400(okta):
    bodies = [{}, {"Operations": []}, {"Operations": {}}, *({"Operations": [7], "failOnErrors": number} for number in (0, -1, "1", True))]
    bodies.append({"Operations": [post("/Users", "a", userName="a"), post("/Users", "a", userName="b")]})
    assert [okta("POST", "/Bulk", body)[0] for body in bodies] == [400] * len(bodies)


def test_each_operation_needs_its_own_scope(app, okta):
    users_only = Okta(app, scope=["scim:users:write"])
    done = run(users_only, post("/Users", "a", userName="a"), post("/Groups", "g", displayName="G"))
    assert [item["status"] for item in done] == ["201", "403"]
