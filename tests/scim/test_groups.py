"""Groups as Okta pushes, links, renames and unlinks them: the cases C9312 to C9333 of its test plan, in both dialects."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from portal.domain import groups, history, provisioning
from portal.models import AuditEntry, Group, Member, ProvisioningEvent
from tests import factories
from tests.scim.okta import Okta
from tests.scim.words import GROUP

NO_NAMES: list[Any] = ["", "  ", "\u200b\u2800", None, 7, [], "x" * 500]
NO_MEMBERS: list[Any] = ["nobody", [{"value": "nobody"}], [{}], [7], [{"value": 7}], [{"value": None}]]


def find(okta, name):
    """Okta's look-up before a push."""
    return okta("GET", f"/Groups?filter=displayName%20eq%20%22{name}%22&startIndex=1&count=100")[1]["Resources"]


def push(okta, name, members=()):
    """Push Groups, a new one (C9312)."""
    assert find(okta, name) == []
    return okta("POST", "/Groups", {"schemas": [GROUP], "displayName": name, "members": [{"value": key} for key in members]})[1]


def catalog_members(okta, group, members):
    """Push Now by a catalog app (C9316): first the name, then the members."""
    okta.patch(f"/Groups/{group['id']}", {"op": "replace", "value": {"id": group["id"], "displayName": group["displayName"]}})
    return okta.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "members", "value": [{"value": key} for key in members]})


def custom_members(okta, group, members):
    """The same by a custom app."""
    body = {"schemas": [GROUP], "displayName": group["displayName"], "members": [{"value": key, "display": None} for key in members]}
    return okta("PUT", f"/Groups/{group['id']}", body)


@pytest.fixture(params=[catalog_members, custom_members], ids=["catalog", "custom"])
def push_now(request):
    """Push Now in either dialect."""
    return request.param


def who(group):
    return {member["value"] for member in group["members"]}


def test_c9312_c9316_c9317_a_new_group_is_pushed_also_empty_and_push_now_overwrites(okta, cast, push_now):
    group = push(okta, "Sales")
    assert (group["displayName"], group["members"]) == ("Sales", [])
    for wanted in ({cast.alan.id, cast.mary.id}, {cast.grace.id}, set(), {cast.grace.id}):
        status, pushed = push_now(okta, group, wanted)
        assert (status, who(pushed)) == (200, wanted)
        assert who(okta("GET", f"/Groups/{group['id']}")[1]) == wanted


def test_c9332_c9333_members_come_and_go_one_by_one(okta, cast):
    group = push(okta, "Sales", [cast.alan.id])
    path = f"/Groups/{group['id']}"
    added = {"op": "add", "path": "members", "value": [{"value": cast.mary.id, "display": cast.mary.user_name}]}
    for _ in range(2):
        assert who(okta.patch(path, added)[1]) == {cast.alan.id, cast.mary.id}
    removal = {"op": "remove", "path": f'members[value eq "{cast.alan.id}"]'}
    for _ in range(2):
        assert who(okta.patch(path, removal)[1]) == {cast.mary.id}
    assert okta("GET", f"/Users/{cast.mary.id}")[1]["groups"] == [
        {"value": group["id"], "$ref": group["meta"]["location"], "display": "Sales", "type": "direct"}
    ]
    for operation in (
        {"op": "remove", "path": "members", "value": [{"value": cast.mary.id}]},
        {"op": "add", "value": {"members": [{"value": cast.mary.id}]}},
        {"op": "remove", "path": f'members[value eq "{cast.alan.id}" or value eq "{cast.mary.id}"]'},
    ):
        assert okta.patch(path, operation)[0] == 200
    assert okta("GET", path)[1]["members"] == []


def test_an_empty_list_removes_nobody_and_no_value_everybody(okta, cast):
    group = push(okta, "Sales", [cast.alan.id, cast.mary.id])
    path = f"/Groups/{group['id']}"
    assert len(who(okta.patch(path, {"op": "remove", "path": "members", "value": []})[1])) == 2
    assert who(okta.patch(path, {"op": "remove", "path": "members"})[1]) == set()
    user = f"/Users/{cast.mary.id}"
    emails = okta("GET", user)[1]["emails"]
    assert okta.patch(user, {"op": "remove", "path": "emails", "value": []})[1]["emails"] == emails


@pytest.mark.parametrize("rename", [True, False], ids=["renamed (C9315)", "under its own name (C9330)"])
def test_c9315_c9330_an_existing_group_is_linked_and_keeps_its_members_until_push_now(okta, cast, push_now, rename):
    with factories.inside(okta.app, "acme") as ctx:
        made = groups.create(ctx, {"display_name": "By hand"})
        groups.add_members(ctx, made, [cast.alan.id])
        key = made.id
    listed = okta("GET", "/Groups?startIndex=1&count=100")[1]["Resources"]
    assert [(group["id"], who(group)) for group in listed] == [(key, {cast.alan.id})]
    name = "From Okta" if rename else "By hand"
    if rename:
        okta.patch(f"/Groups/{key}", {"op": "replace", "value": {"id": key, "displayName": name}})
    linked = okta("GET", f"/Groups/{key}")[1]
    assert (linked["displayName"], who(linked)) == (name, {cast.alan.id})
    assert who(push_now(okta, linked, {cast.mary.id})[1]) == {cast.mary.id}
    with factories.inside(okta.app, "acme") as ctx:
        assert ctx.session.get_one(Group, key).provisioned
        query = select(ProvisioningEvent.operation).where(ProvisioningEvent.resource_id == key)
        written = ctx.session.scalars(query.order_by(ProvisioningEvent.at)).all()
        assert written[0] == "link", written  # the log tells when Okta took the group over, whatever it changed in doing so
        assert "link" not in written[1:]
        audited = [history.sentence(entry) for entry in ctx.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == key))]
        assert audited.count(f"Okta linked the group {name}") == 1, audited
        assert "first-group" in provisioning.reached(ctx)


def test_c9318_c9321_c9322_unlinked_it_is_deleted_or_left_and_linked_again(okta, cast, push_now):
    left = push(okta, "Left", [cast.alan.id])
    assert [group["id"] for group in find(okta, "Left")] == [left["id"]]
    assert who(push_now(okta, left, {cast.mary.id})[1]) == {cast.mary.id}
    assert okta("DELETE", f"/Groups/{left['id']}") == (204, None)
    assert okta("GET", f"/Groups/{left['id']}")[0] == 404
    assert okta.patch(f"/Groups/{left['id']}", {"op": "replace", "value": {"displayName": "X"}})[0] == 404
    assert okta("GET", f"/Users/{cast.mary.id}")[1]["groups"] == []
    assert push(okta, "Left")["id"] != left["id"]


def test_c9313_c9314_a_group_is_renamed_but_not_into_another(okta):
    sales, _ = push(okta, "Sales"), push(okta, "Support")
    path = f"/Groups/{sales['id']}"
    assert okta.patch(path, {"op": "replace", "value": {"id": "another", "displayName": "sales"}})[1]["displayName"] == "sales"
    assert okta("PUT", path, {"displayName": "Sellers", "members": []})[1]["displayName"] == "Sellers"
    for status, error in (
        okta("POST", "/Groups", {"displayName": "SUPPORT"}),
        okta("PUT", path, {"displayName": "support", "members": []}),
        okta.patch(path, {"op": "replace", "path": "displayName", "value": "Support"}),
    ):
        assert (status, error["scimType"], "support" in error["detail"].lower()) == (409, "uniqueness", True)
    status, error = okta("PUT", path, {"displayName": " ", "members": []})
    assert (status, error["scimType"]) == (400, "invalidValue")
    status, error = okta("PUT", path, {"displayName": "", "members": []})
    assert (status, error["scimType"]) == (400, "invalidValue")
    assert okta("PUT", path, {"members": []})[1]["displayName"] == "Sellers"


def test_c9319_c9320_inactive_members_stay_in_and_may_join(okta, cast):
    okta.patch(f"/Users/{cast.alan.id}", {"op": "replace", "value": {"active": False}})
    group = push(okta, "Sales", [cast.alan.id])
    assert who(group) == {cast.alan.id}


def test_c9323_c9324_c9325_c9326_a_rule_pushes_each_group_that_fits_and_follows_its_name(okta, cast, push_now):
    """Okta finds the groups; to the server a rule is a number of pushes, and of deletions when groups no longer fit."""
    pushed = [push(okta, f"Sales {number}", [cast.alan.id]) for number in range(3)]
    assert [who(push_now(okta, group, {cast.alan.id, cast.mary.id})[1]) for group in pushed] == [{cast.alan.id, cast.mary.id}] * 3
    assert okta.patch(f"/Groups/{pushed[0]['id']}", {"op": "replace", "value": {"displayName": "Support"}})[1]["displayName"] == "Support"
    assert okta("DELETE", f"/Groups/{pushed[1]['id']}")[0] == 204
    assert {group["displayName"] for group in okta("GET", "/Groups?startIndex=1&count=100")[1]["Resources"]} == {"Support", "Sales 2"}


def test_c9327_c9328_c9329_c9331_many_are_switched_off_and_on_unlinked_and_deleted_at_once(okta, cast, push_now):
    pushed = [push(okta, f"Team {number}", [cast.alan.id]) for number in range(4)]
    assert [who(push_now(okta, group, {cast.mary.id})[1]) for group in pushed] == [{cast.mary.id}] * 4
    assert [okta("DELETE", f"/Groups/{group['id']}")[0] for group in pushed[:2]] == [204, 204]
    assert [okta("GET", f"/Groups/{group['id']}")[0] for group in pushed] == [404, 404, 200, 200]
    assert okta("GET", f"/Users/{cast.mary.id}")[1]["active"] is True


def test_what_rides_along_is_kept(okta):
    custom = {"urn:okta:custom:group:1.0": {"description": "All who sell"}, "externalId": "00g1"}
    group = okta("POST", "/Groups", {"schemas": [GROUP, "urn:okta:custom:group:1.0"], "displayName": "Sales", **custom})[1]
    assert {name: group[name] for name in custom} == custom
    assert group["schemas"] == [GROUP, "urn:okta:custom:group:1.0"]
    assert okta.patch(f"/Groups/{group['id']}", {"op": "replace", "value": {"displayName": "Sell"}})[1]["externalId"] == "00g1"
    assert okta("PUT", f"/Groups/{group['id']}", group)[1]["urn:okta:custom:group:1.0"] == {"description": "All who sell"}
    assert okta.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "externalId", "value": "00g2"})[1]["externalId"] == "00g2"


def test_members_in_every_form(okta, cast):
    forms = ([cast.alan.id], {"value": cast.alan.id}, [{"value": cast.alan.id, "type": "User", "$ref": "x"}], [{"VALUE": cast.alan.id}] * 2)
    group = push(okta, "Sales")
    for form in forms:
        assert who(okta("PUT", f"/Groups/{group['id']}", {"displayName": "Sales", "members": form})[1]) == {cast.alan.id}
        assert okta("PUT", f"/Groups/{group['id']}", {"displayName": "Sales", "members": None})[1]["members"] == []


def test_names_of_members_come_when_asked_for(okta, cast):
    group = push(okta, "Sales", [cast.alan.id])
    shown = okta("GET", f"/Groups/{group['id']}?attributes=members.display,members.value")[1]["members"]
    assert shown == [{"value": cast.alan.id, "display": "Alan Turing"}]
    assert "members" not in okta("GET", "/Groups?excludedAttributes=members")[1]["Resources"][0]


def test_what_a_group_cannot_be_is_refused_and_changes_nothing(okta, cast):
    group = push(okta, "Sales", [cast.alan.id])
    path = f"/Groups/{group['id']}"
    bad: list[Any] = [{"displayName": name} for name in NO_NAMES]
    bad += [{"displayName": "X", "members": members} for members in NO_MEMBERS]
    bad += [{"displayName": "X", "members": [{"value": cast.mary.id}, {"value": cast.hank.id}]}, {"displayName": "X", "externalId": 7}]
    for body in bad:
        status, error = okta("POST", "/Groups", body)
        assert (status, error["scimType"]) == (400, "invalidValue"), body
        if body["displayName"]:
            assert okta("PUT", path, body)[0] == 400, body
    operations = [
        ({"op": "add", "path": "members", "value": [{"value": cast.mary.id}, {"value": "nobody"}]}, "invalidValue"),
        ({"op": "replace", "path": "members", "value": "nobody"}, "invalidValue"),
        ({"op": "replace", "path": f'members[value eq "{cast.alan.id}"].value', "value": cast.mary.id}, "mutability"),
        ({"op": "replace", "path": 'members[value eq "nobody"]', "value": {"value": cast.mary.id}}, "noTarget"),
        ({"op": "remove", "path": "members[value eq"}, "invalidPath"),
        ({"op": "remove", "path": 'members[value xx "1"]'}, "invalidPath"),
        ({"op": "remove", "path": "displayName"}, "mutability"),
        ({"op": "replace", "path": "displayName", "value": ""}, "invalidValue"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "remove"}, "noTarget"),
    ]
    for operation, scim_type in operations:
        first = {"op": "remove", "path": "members"}
        for before in ([], [first]):
            assert okta.patch(path, *before, operation)[1].get("scimType") == scim_type, operation
    assert okta("GET", path)[1] == group


def test_one_member_is_replaced_by_another(okta, cast):
    group = push(okta, "Sales", [cast.alan.id, cast.grace.id])
    operation = {"op": "replace", "path": f'members[value eq "{cast.alan.id}"]', "value": [{"value": cast.mary.id}]}
    assert who(okta.patch(f"/Groups/{group['id']}", operation)[1]) == {cast.mary.id, cast.grace.id}


def test_groups_that_are_not_served_are_403_with_the_reason(okta, cast, okta_of):
    group = push(okta, "Sales")
    with factories.inside(okta.app, "acme") as ctx:
        provisioning.switch_groups(ctx, False)
    writes = [
        ("POST", "/Groups", {"displayName": "X"}),
        ("PUT", f"/Groups/{group['id']}", {"displayName": "X"}),
        ("DELETE", f"/Groups/{group['id']}", None),
    ]
    for method, path, body in [
        *writes,
        ("PATCH", f"/Groups/{group['id']}", {"Operations": [{"op": "replace", "value": {"displayName": "X"}}]}),
    ]:
        status, error = okta(method, path, body)
        assert (status, "Manage teams with SCIM" in error["detail"]) == (403, True)
    assert okta("GET", "/Groups")[1]["totalResults"] == 1


def test_every_member_who_is_not_here_counts_in_the_refusal_of_a_long_list(okta, cast):
    path = f"/Groups/{push(okta, 'Sales')['id']}"
    strangers = [{"value": f"stranger-{number}"} for number in range(1_200)]
    status, error = okta.patch(path, {"op": "add", "path": "members", "value": [{"value": cast.mary.id}, *strangers]})
    assert (status, error["detail"].split(";")[0]) == (400, "1,200 of the members are not in this workspace")
    assert okta("GET", path)[1]["members"] == []


def test_the_set_up_is_ticked_by_the_first_group(okta):
    push(okta, "Sales")
    with factories.inside(okta.app, "acme") as ctx:
        assert "first-group" in provisioning.reached(ctx)


def test_a_foreign_group_reads_as_an_unknown_one(okta):
    with factories.inside(okta.app, "globex") as ctx:
        key = groups.create(ctx, {"display_name": "Theirs"}).id
    for method in ("GET", "DELETE"):
        assert okta(method, f"/Groups/{key}") == okta(method, "/Groups/00000000-0000-4000-8000-000000000000")


@pytest.mark.one_database
def test_where_scim_serves_no_groups_none_are_read_and_none_are_taken(okta_of):
    """Okta's test and import find an empty list, whatever an earlier profile left and any token; writes say why not."""
    okta = okta_of("productiv")
    key = okta.make("kim@acme.example")["id"]
    with factories.inside(okta.app, "acme") as ctx:
        left = groups.create(ctx, {"display_name": "Left"})
        groups.add_members(ctx, left, [key])
    for caller in (okta, Okta(okta.app, scope=["scim:users:read", "scim:users:write"])):
        for path in ("/Groups", "/Groups?startIndex=1&count=100", "/Groups?filter=displayName sw %22L%22", "/Groups?cursor="):
            status, page = caller("GET", path)
            assert (status, page["totalResults"], page["Resources"]) == (200, 0, [])
        assert caller("POST", "/Groups/.search", {})[1]["totalResults"] == 0
        assert caller("GET", f"/Groups/{left.id}")[0] == 404
        for method, path in (
            ("POST", "/Groups"),
            ("PUT", f"/Groups/{left.id}"),
            ("PATCH", f"/Groups/{left.id}"),
            ("DELETE", f"/Groups/{left.id}"),
        ):
            status, error = caller(method, path, {"displayName": "X"})
            assert (status, error["detail"]) == (403, "Productiv does not take groups. Leave Push Groups and Import Groups off in Okta.")
    assert okta("GET", "/Groups?filter=displayName")[1]["scimType"] == "invalidFilter"
    bulk = okta("POST", "/Bulk", {"Operations": [{"method": "DELETE", "path": f"/Groups/{left.id}"}]})[1]
    assert bulk["Operations"][0]["status"] == "403"
    everything = okta("GET", "?count=100")[1]
    assert {item["meta"]["resourceType"] for item in everything["Resources"]} == {"User"}
    assert everything["totalResults"] == okta("GET", "/Users?count=0")[1]["totalResults"]
    found = [okta("GET", f"/Users/{key}")[1], okta("GET", '/Users?filter=userName eq "kim@acme.example"')[1]["Resources"][0]]
    with factories.inside(okta.app, "acme") as ctx:
        ctx.session.execute(update(Member).values(wire=None))
    assert [user["groups"] for user in [*found, okta("GET", f"/Users/{key}")[1]]] == [[], [], []]
    assert [item["name"] for item in okta("GET", "/ResourceTypes")[1]["Resources"]] == ["User"]
