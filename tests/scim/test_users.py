"""Users: created, linked, replaced, deactivated, deleted; roles, seats, user types and what each product requires."""

from __future__ import annotations

from portal.domain import members, provisioning, roles, sessions, workspaces
from portal.models import Member, ProvisioningEvent, Session
from tests import factories
from tests.scim.words import ENTERPRISE, USER

ANN = {"name": {"givenName": "Ann", "familyName": "Lee"}, "emails": [{"value": "ann@x.io", "primary": True}]}


def stored(okta, key):
    with factories.inside(okta.app, "acme") as ctx:
        return ctx.session.get(Member, key)


def test_a_user_needs_a_user_name(okta):
    status, error = okta("POST", "/Users", {"name": {"givenName": "Ann"}})
    assert (status, error["scimType"], "userName" in error["detail"]) == (400, "invalidValue", True)


def test_what_the_product_requires_is_named(okta_of):
    strict = okta_of("productive")
    status, error = strict("POST", "/Users", {"userName": "ann"})
    assert (status, error["scimType"]) == (400, "invalidValue")
    assert all(name in error["detail"] for name in ("emails", "name.givenName", "name.familyName"))
    ann = strict.make("ann", **ANN)
    for name, missing in (("emails", "emails"), ("name", "name.givenName")):
        status, error = strict(
            "PUT", f"/Users/{ann['id']}", {"userName": "ann", **{key: value for key, value in ANN.items() if key != name}}
        )
        assert (status, missing in error["detail"]) == (400, True)
        assert strict.patch(f"/Users/{ann['id']}", {"op": "remove", "path": name})[0] == 400
    assert strict("GET", f"/Users/{ann['id']}")[1] == {**ann, "groups": []}


def test_a_user_name_need_not_be_an_address(okta):
    assert okta.make("ann lee")["userName"] == "ann lee"


def test_case_is_kept_and_does_not_count(okta):
    user = okta.make("Ann.LEE@X.io", emails=[{"value": "Ann.LEE@X.io", "primary": True}])
    assert (user["userName"], user["emails"][0]["value"]) == ("Ann.LEE@X.io", "Ann.LEE@X.io")
    status, error = okta("POST", "/Users", {"userName": "aNN.lee@x.IO"})
    assert (status, error["scimType"]) == (409, "uniqueness")
    renamed = okta("PUT", f"/Users/{user['id']}", {**user, "userName": "ann.lee@x.io"})[1]
    assert (renamed["id"], renamed["userName"]) == (user["id"], "ann.lee@x.io")


def test_a_user_is_renamed_under_the_same_id_and_not_into_another(okta, cast):
    user = okta.make("ann")
    assert okta("PUT", f"/Users/{user['id']}", {**user, "userName": "anna"})[1]["id"] == user["id"]
    assert okta("PUT", f"/Users/{user['id']}", {**user, "userName": cast.ada.user_name.upper()})[0] == 409
    assert okta("GET", '/Users?filter=userName eq "ANNA"')[1]["totalResults"] == 1


def test_a_role_is_taken_in_every_form_and_comes_back_in_it(okta):
    forms = ["maker", "MAKER", "Maker", ["maker", "viewer"], {"value": "maker"}, [{"value": "Maker", "primary": True, "type": "x"}]]
    forms += [[{"value": "viewer"}, {"value": "maker", "primary": True}], [{"type": "maker", "value": "maker"}]]
    user = okta.make("ann", roles="viewer")
    for form in forms:
        okta("PUT", f"/Users/{user['id']}", {**user, "roles": "viewer"})
        user = okta("PUT", f"/Users/{user['id']}", {**user, "roles": form})[1]
        assert (user["roles"], stored(okta, user["id"]).role) == (form, "maker"), form
    nested = okta.make("nested", **{USER: {"roles": ["maker"], "nickName": "N"}})
    assert (nested["roles"], nested["nickName"], nested[USER]) == (["maker"], "N", {"nickName": "N", "roles": ["maker"]})
    assert stored(okta, nested["id"]).role == "maker"
    changed = okta("PUT", f"/Users/{nested['id']}", {**nested, USER: {"roles": ["viewer"], "nickName": "N"}})[1]
    assert (changed["roles"], stored(okta, nested["id"]).role) == (["viewer"], "viewer")


def test_a_role_is_found_again_by_its_type(okta):
    user = okta.make("ann", roles=[{"type": "App", "value": "viewer", "display": "Viewer"}])
    assert user["roles"] == [{"type": "App", "value": "viewer", "display": "Viewer"}]
    changed = okta.patch(f"/Users/{user['id']}", {"op": "replace", "path": 'roles[type eq "App"].value', "value": "Maker"})[1]
    assert (changed["roles"][0]["type"], changed["roles"][0]["value"], stored(okta, user["id"]).role) == ("App", "Maker", "maker")
    back = okta("PUT", f"/Users/{user['id']}", {**changed, "roles": [{"type": "App", "value": "admin"}]})[1]
    assert (back["roles"], stored(okta, user["id"]).role) == ([{"type": "App", "value": "admin"}], "admin")


def test_no_role_is_the_default_for_the_new_and_no_change_for_the_old(okta, cast):
    user = okta.make("ann")
    assert user["roles"] == [{"primary": True, "value": "contributor"}]
    for body in ({"userName": "alan"}, {"userName": "alan", "roles": []}, {"userName": "alan", "roles": None}):
        assert okta("PUT", f"/Users/{cast.alan.id}", body)[0] == 200
        assert stored(okta, cast.alan.id).role == "maker"


def test_an_unknown_role_is_400_with_the_valid_ones(okta, cast):
    status, error = okta("POST", "/Users", {"userName": "ann", "roles": [{"value": "boss"}]})
    assert (status, error["scimType"]) == (400, "invalidValue")
    assert "admin, maker, contributor, viewer" in error["detail"]
    assert okta("GET", '/Users?filter=userName eq "ann"')[1]["totalResults"] == 0


def test_a_custom_role_is_taken_by_its_id_and_name(okta):
    with factories.inside(okta.app, "acme") as ctx:
        role = roles.create_custom(ctx, name="Product lead", base_role="maker", restricted_apps=[])
    for at, text in enumerate((role.id, "product LEAD")):
        user = okta.make(f"user{at}", roles=text)
        assert (user["roles"], stored(okta, user["id"]).custom_role_id) == (text, role.id)
    with factories.inside(okta.app, "acme") as ctx:
        members.update_member(ctx, ctx.session.get_one(Member, user["id"]), {"role": "viewer"})
    assert okta("GET", f"/Users/{user['id']}")[1]["roles"] == "viewer"


def test_the_role_in_a_top_level_attribute(okta_of):
    okta = okta_of("productiv")
    user = okta.make("ann", permissionsRole="Super Admin", roles=["kept", "as it is"])
    assert (user["permissionsRole"], user["roles"], stored(okta, user["id"]).role) == ("Super Admin", ["kept", "as it is"], "super-admin")
    assert okta.make("bob")["permissionsRole"] == "basic-user"
    assert okta.make("eve", **{USER: {"permissionsRole": "limited-user"}})["permissionsRole"] == "limited-user"
    status, error = okta("POST", "/Users", {"userName": "mal", "permissionsRole": "root"})
    assert (status, "appstore-user" in error["detail"]) == (400, True)
    assert (
        okta.patch(f"/Users/{user['id']}", {"op": "replace", "path": "permissionsRole", "value": "admin"})[1]["permissionsRole"] == "admin"
    )
    assert [u["userName"] for u in okta("GET", '/Users?filter=permissionsRole eq "limited-user"')[1]["Resources"]] == ["eve"]


def test_a_role_in_a_top_level_attribute_is_taken_in_every_form_too(okta_of):
    okta = okta_of("productiv")
    with factories.inside(okta.app, "acme") as ctx:
        own = roles.create_custom(ctx, name="Buyers", base_role="limited-user", restricted_apps=["Slack"]).id
        keys = [role.key for role in ctx.profile.roles]
    user = okta.make("ann")
    path = f"/Users/{user['id']}"
    for key in keys:
        assert okta("PUT", path, {**user, "permissionsRole": key})[1]["permissionsRole"] == key
        assert stored(okta, user["id"]).role == key
    forms = ["ADMIN", "application admin", ["admin", "basic-user"], {"value": "admin"}, [{"value": "Admin", "primary": True, "type": "x"}]]
    for form in [*forms, [{"value": "basic-user"}, {"value": "admin", "primary": True}], [{"value": "admin", "display": "Any"}]]:
        for body in ({**user, "permissionsRole": form}, {"Operations": [{"op": "replace", "value": {"permissionsRole": form}}]}):
            okta("PUT", path, {**user, "permissionsRole": own})
            assert (stored(okta, user["id"]).custom_role_id, stored(okta, user["id"]).role) == (own, "limited-user")
            status, found = okta("PATCH" if "Operations" in body else "PUT", path, body)
            assert (status, found.get("permissionsRole"), stored(okta, user["id"]).role) == (200, form, "admin"), (form, found)
    nothing: tuple[object, ...] = ("", " ", [], None)
    for empty in nothing:
        assert okta.make(f"new{empty!r}", permissionsRole=empty)["permissionsRole"] == "basic-user"
        assert okta("PUT", path, {**user, "permissionsRole": empty})[1]["permissionsRole"] == "admin"
    for wrong in (5, {"value": 5}, [["admin"]], ["root"], {"display": "Admin"}):
        status, error = okta("PUT", path, {**user, "permissionsRole": wrong})
        assert (status, "permissionsRole must be" in error["detail"] or "appstore-user" in error["detail"]) == (400, True), error


def test_no_seat_left_is_403_and_says_how_many(okta, cast):
    with factories.inside(okta.app, "acme") as ctx:
        workspaces.set_seats(ctx, 4)
    user = okta.make("one", roles="maker")
    free = okta.make("free")
    for method, path, body in (
        ("POST", "/Users", {"userName": "two", "roles": "maker"}),
        ("PUT", f"/Users/{free['id']}", {**free, "roles": "maker"}),
        ("PATCH", f"/Users/{free['id']}", {"Operations": [{"op": "replace", "path": "roles", "value": "maker"}]}),
    ):
        status, error = okta(method, path, body)
        assert (status, "4 of 4 seats" in error["detail"]) == (403, True)
    assert okta("GET", '/Users?filter=userName eq "two"')[1]["totalResults"] == 0
    okta.patch(f"/Users/{user['id']}", {"op": "replace", "value": {"active": False}})
    assert okta("POST", "/Users", {"userName": "two", "roles": "maker"})[0] == 201
    assert okta.patch(f"/Users/{user['id']}", {"op": "replace", "value": {"active": True}})[0] == 403
    assert okta("GET", f"/Users/{user['id']}")[1]["active"] is False


def test_a_user_type_is_a_text_where_the_product_has_one_kind_only(okta):
    assert okta.make("bob", userType="Seasonal")["userType"] == "Seasonal"


def test_user_types_where_the_product_has_them(okta_of):
    staff = okta_of("productive")
    user = staff.make("ann", **ANN)
    assert user["userType"] == "employee"
    assert staff("PUT", f"/Users/{user['id']}", {**user, "userType": "Contractor"})[1]["userType"] == "Contractor"
    assert staff("PUT", f"/Users/{user['id']}", {**user, "userType": " CONTRACTOR "})[0] == 200
    assert stored(staff, user["id"]).user_type == "contractor"
    for change in (
        {"path": "userType", "value": "employee"},
        {"value": {"userType": "Contractor"}},
        {"value": {f"{USER}:userType": "contractor"}},
    ):
        assert staff.patch(f"/Users/{user['id']}", {"op": "replace", **change})[0] == 200
    nested = staff.make("nested", **ANN, **{USER: {"userType": "Contractor"}})
    assert (nested["userType"], stored(staff, nested["id"]).user_type) == ("Contractor", "contractor")
    assert staff("PUT", f"/Users/{user['id']}", {"userName": "ann", **ANN})[1]["userType"] == "contractor"
    for value in ("client", "Client", "robot"):
        status, error = staff("POST", "/Users", {"userName": "bob", **ANN, "userType": value})
        assert (status, error["scimType"], "employee, contractor" in error["detail"]) == (400, "invalidValue", True)


def test_companies_subsidiaries_and_cost_rates(okta_of):
    from portal.domain import directory
    from portal.models import Company

    okta = okta_of("productive")
    with factories.inside(okta.app, "acme") as ctx:
        directory.add_subsidiary(ctx, "Berlin")
    extra = {"organization": "Initech", "division": "berlin", "department": "R&D", "manager": {"value": "7", "displayName": "Bill"}}
    user = okta.make("ann", **ANN, title="Engineer", **{ENTERPRISE: extra, "costRate": 5, "urn:x:y": {"costRate": 6}})
    assert (user[ENTERPRISE], user["title"]) == (extra, "Engineer")
    member = stored(okta, user["id"])
    assert (member.organization, member.division, member.manager, member.permission_set) == ("Initech", "berlin", "Bill", "staff")
    with factories.inside(okta.app, "acme") as ctx:
        assert ctx.session.query(Company).filter_by(name="Initech").count() == 1
        members.update_member(ctx, ctx.session.get_one(Member, user["id"]), {"cost_rate": "85.50"})
    assert okta("PUT", f"/Users/{user['id']}", {"userName": "ann", **ANN})[0] == 200
    assert str(stored(okta, user["id"]).cost_rate) == "85.50"
    assert "85.5" not in okta.last.text
    status, error = okta("POST", "/Users", {"userName": "bob", **ANN, ENTERPRISE: {"division": "Atlantis"}})
    assert (status, "Berlin" in error["detail"]) == (400, True)


def test_a_cost_rate_of_a_client_is_neither_kept_nor_shown(okta_of):
    okta, other = okta_of("productive"), "urn:x:y"
    sent = {"costRate": 50.25, "COSTRATE": 50.25, "cost_rate": "50.25", f"{other}:costRate": 50.25, other: {"costrate": 50.25, "desk": "7"}}
    core = {"urn:ietf:params:scim:schemas:core:2.0:User": {"costRate": 50.25}}
    user = okta.make("ann", **ANN, **sent, **core, **{ENTERPRISE: {"costRate": 50.25}})
    put = okta("PUT", f"/Users/{user['id']}", {"userName": "ann", **ANN, **sent})[1]
    steps = [{"op": "add", "path": name, "value": 50.25} for name in ("costRate", f"{other}:costRate", f"{ENTERPRISE}:CostRate")]
    patched = okta("PATCH", f"/Users/{user['id']}", {"Operations": [*steps, {"op": "replace", "value": sent}]})
    read = okta("GET", f"/Users/{user['id']}")[1]
    assert patched[0] == 200
    for shown in (user, put, patched[1], read):
        assert "50.25" not in str(shown)
        assert shown[other] == {"desk": "7"}
    assert stored(okta, user["id"]).cost_rate is None
    with factories.inside(okta.app, "acme") as ctx:
        bodies = [event.request_body for event in ctx.session.query(ProvisioningEvent)]
        assert [("•••" in body, "50.25" in body) for body in bodies] == [(True, False)] * 3
        member = ctx.session.get_one(Member, user["id"])
        member.attributes = {**member.attributes, "costRate": 50.25}
    assert "50.25" not in str(okta("PATCH", f"/Users/{user['id']}", {"Operations": [{"op": "add", "path": "nickName", "value": "A"}]})[1])


def test_where_there_are_no_cost_rates_the_word_is_as_any_other(okta):
    assert okta.make("ann", costRate=50.25)["costRate"] == 50.25
    with factories.inside(okta.app, "acme") as ctx:
        assert "50.25" in ctx.session.query(ProvisioningEvent).one().request_body


def test_a_member_made_by_hand_is_found_and_linked_at_the_first_write(okta, cast):
    found = okta("GET", f'/Users?filter=userName eq "{cast.alan.user_name.upper()}"')[1]["Resources"][0]
    assert not stored(okta, found["id"]).provisioned
    linked = okta("PUT", f"/Users/{found['id']}", {**found, "externalId": "00u1"})[1]
    member = stored(okta, linked["id"])
    assert (member.provisioned, member.source, member.role, member.external_id) == (True, "manual", "maker", "00u1")
    okta.patch(f"/Users/{cast.mary.id}", {"op": "replace", "value": {"active": True}})
    assert stored(okta, cast.mary.id).provisioned


def test_deactivation_ends_sessions_frees_the_seat_and_keeps_the_groups(okta, cast):
    group = okta("POST", "/Groups", {"displayName": "Team", "members": [{"value": cast.alan.id}]})[1]
    with factories.inside(okta.app, "acme") as ctx:
        used = ctx.workspace.seats_used
        sessions.start(ctx, ctx.session.get_one(Member, cast.alan.id), method="password")
    body = okta.patch(f"/Users/{cast.alan.id}", {"op": "replace", "value": {"active": False}})[1]
    assert (body["active"], [item["value"] for item in body["groups"]]) == (False, [group["id"]])
    with factories.inside(okta.app, "acme") as ctx:
        assert ctx.session.query(Session).filter_by(member_id=cast.alan.id, ended_at=None).count() == 0
        assert ctx.workspace.seats_used == used - 1
    assert okta("GET", f'/Users?filter=userName eq "{cast.alan.user_name}"')[1]["Resources"][0]["active"] is False
    assert okta.patch(f"/Users/{cast.alan.id}", {"op": "replace", "path": "active", "value": "True"})[1]["id"] == cast.alan.id
    with factories.inside(okta.app, "acme") as ctx:
        assert ctx.workspace.seats_used == used


def test_two_people_with_one_address_stay_two(okta):
    emails = [{"value": "desk@acme.example", "primary": True}]
    keys = {okta.make(name, emails=emails)["id"] for name in ("ann", "bob")}
    found = okta("GET", '/Users?filter=emails.value eq "DESK@acme.example"')[1]["Resources"]
    assert ({user["id"] for user in found}, len(keys)) == (keys, 2)


def test_an_admin_may_have_named_email_as_the_unique_identifier(okta):
    user = okta.make("ann", emails=[{"value": "Ann@x.io", "primary": True}, {"value": "second@x.io"}])
    for address, found in (("ANN@x.io", [user["id"]]), ("second@x.io", [user["id"]]), ("other@x.io", [])):
        page = okta("GET", f'/Users?filter=email eq "{address}"&startIndex=1&count=100')[1]
        assert [item["id"] for item in page["Resources"]] == found


def test_put_without_active_leaves_it(okta):
    user = okta.make("ann", active=False)
    assert user["active"] is False
    assert okta("PUT", f"/Users/{user['id']}", {"userName": "ann"})[1]["active"] is False


def test_the_last_owner_stays(okta, cast):
    status, error = okta.patch(f"/Users/{cast.ada.id}", {"op": "replace", "value": {"active": False}})
    assert (status, "last owner" in error["detail"]) == (403, True)
    assert okta("DELETE", f"/Users/{cast.ada.id}")[0] == 403
    assert okta("GET", f"/Users/{cast.ada.id}")[1]["active"] is True


def test_a_deleted_user_is_gone_from_scim_kept_in_history_and_its_name_is_free(okta, cast):
    group = okta("POST", "/Groups", {"displayName": "Team", "members": [{"value": cast.alan.id}]})[1]
    assert okta("DELETE", f"/Users/{cast.alan.id}") == (204, None)
    gone = [
        okta(method, f"/Users/{cast.alan.id}", {"userName": "x"} if method == "PUT" else None)[0] for method in ("GET", "PUT", "DELETE")
    ]
    assert gone == [404, 404, 404]
    assert okta("GET", f'/Users?filter=id eq "{cast.alan.id}"')[1]["totalResults"] == 0
    emptied = okta("GET", f"/Groups/{group['id']}")[1]
    assert emptied["members"] == []
    assert emptied["meta"]["version"] != group["meta"]["version"]
    assert stored(okta, cast.alan.id).status == "removed"
    again = okta.make(cast.alan.user_name)
    assert again["id"] != cast.alan.id


def test_a_product_may_keep_its_users(app, okta, cast, monkeypatch):
    profile = app.config["PROFILE"]
    monkeypatch.setitem(app.config, "PROFILE", profile.model_copy(update={"scim": profile.scim.model_copy(update={"delete_users": False})}))
    status, error = okta("DELETE", f"/Users/{cast.alan.id}")
    assert (status, "deactivate" in error["detail"]) == (501, True)
    assert okta("GET", f"/Users/{cast.alan.id}")[1]["active"] is True
    assert okta("DELETE", f"/Users/{cast.hank.id}")[0] == 404
    assert okta.patch(f"/Users/{cast.alan.id}", {"op": "replace", "value": {"active": False}})[1]["active"] is False


def test_the_set_up_is_ticked_by_the_first_user(okta):
    okta.make("ann")
    with factories.inside(okta.app, "acme") as ctx:
        assert "first-user" in provisioning.reached(ctx)
