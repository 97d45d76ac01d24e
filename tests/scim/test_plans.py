"""Plans, seats and roles as Okta meets them: a downgrade pauses, the last seat is taken once, a foreign role is an unknown one."""

from __future__ import annotations

import pytest

from portal.domain import members, roles, workspaces
from portal.models import Workspace
from tests import factories
from tests.scim.okta import connect
from tests.support.at_once import at_once
from tests.support.http import browserless


def test_a_downgrade_pauses_loses_nothing_and_an_upgrade_resumes(okta, cast, at):
    user = okta.make("ann", roles="maker", name={"givenName": "Ann", "familyName": "Lee"})
    group = okta("POST", "/Groups", {"displayName": "Team", "members": [{"value": user["id"]}]})[1]
    page = at("acme", cast.grace)
    assert "Managed by Okta" in page.open(f"/members/{user['id']}").text
    with factories.inside(okta.app, "acme") as ctx:
        workspaces.set_plan(ctx, "pro")
    for method, path in (("GET", "/Users"), ("POST", "/Users"), ("GET", f"/Groups/{group['id']}")):
        status, error = okta(method, path, {"userName": "late"} if method == "POST" else None)
        assert (status, "not part of the current plan of Acme" in error["detail"]) == (403, True)
    assert "SCIM paused" in page.open("/").text
    sso = page.open("/settings/sso").text
    assert ("SCIM is paused, because the plan does not include it." in sso, "What it manages is locked" in sso) == (True, False)
    assert "Seats and plan says who can change the plan" in page.open("/provisioning-log").text
    page.open(f"/members/{user['id']}")
    assert "These fields can be changed here until it goes on." in page.text
    page.submit("Save", {"Last name (optional)": "Leeds"})
    assert page.notice == "Ann Leeds is saved."
    assert "SCIM is not part of this plan" in page.open("/seats").text
    with factories.inside(okta.app, "acme") as ctx:
        workspaces.set_plan(ctx, "enterprise")
    found = okta("GET", f"/Users/{user['id']}")[1]
    assert (found["name"]["familyName"], [item["value"] for item in found["groups"]], found["roles"]) == ("Leeds", [group["id"]], "maker")
    assert okta("GET", '/Users?filter=userName eq "late"')[1]["totalResults"] == 0
    assert "Managed by Okta" in page.open(f"/members/{user['id']}").text


def test_of_twenty_clients_at_once_one_gets_the_last_seat(live):
    factories.make_cast(live.app)
    okta = connect(live.app)
    with factories.inside(live.app, "acme") as ctx:
        workspaces.set_seats(ctx, ctx.workspace.seats_used + 1)

    def create(number: int) -> int:
        with browserless(headers={"Authorization": f"Bearer {okta.token}"}, timeout=60) as http:
            answer = http.post(live.url("acme", "/scim/v2/Users"), json={"userName": f"racer{number}", "roles": "maker"})
        assert answer.status_code == 201 or "No seat left: 4 of 4 seats are in use." in answer.json()["detail"]
        return answer.status_code

    assert sorted(at_once(20, create)) == [201] + [403] * 19
    with factories.inside(live.app, "acme") as ctx:
        assert ctx.session.get_one(Workspace, ctx.workspace.id).seats_used == 4
    assert okta("GET", '/Users?filter=userName sw "racer"')[1]["totalResults"] == 1


def test_an_invitation_by_hand_needs_a_seat_as_well(okta, cast, at):
    with factories.inside(okta.app, "acme") as ctx:
        workspaces.set_seats(ctx, 3)
    page = at("acme", cast.grace).open("/members/new")
    entered = {"User name": "new@acme.example", "E-mail address (optional)": "new@acme.example", "Role": "Maker"}
    page.submit("Add member", entered, status=422)
    assert page.errors[0].startswith("No seat left: 3 of 3 seats are in use.")
    page.submit("Add member", {"Role": "Viewer"})
    assert page.heading.startswith("Invite")
    with factories.inside(okta.app, "acme") as ctx:
        assert (ctx.workspace.seats_used, members.by_user_name(ctx, "new@acme.example").role) == (3, "viewer")


def test_what_was_removed_comes_back_only_with_a_seat(okta):
    user = okta.make("ann", roles="maker")
    assert okta("DELETE", f"/Users/{user['id']}")[0] == 204
    with factories.inside(okta.app, "acme") as ctx:
        workspaces.set_seats(ctx, ctx.workspace.seats_used)
    assert okta("POST", "/Users", {"userName": "ann", "roles": "maker"})[0] == 403
    assert okta.make("ann", roles="viewer")["id"] != user["id"]


SHAPES = (
    lambda role: role,
    lambda role: [role],
    lambda role: {"value": role},
    lambda role: [{"value": role}],
    lambda role: [{"value": "x", "type": "other"}, {"value": role, "primary": True}],
    lambda role: [{"value": role.upper(), "primary": "true", "display": "d", "type": "t"}],
)


def test_a_role_of_another_workspace_is_an_unknown_one(okta, cast):
    with factories.inside(okta.app, "globex") as ctx:
        theirs = roles.create_custom(ctx, name="Theirs", base_role="admin", restricted_apps=[]).id
    with factories.inside(okta.app, "acme") as ctx:
        ours = roles.create_custom(ctx, name="Ours", base_role="maker", restricted_apps=[]).id
    unknown = "00000000-0000-4000-8000-000000000000"
    for shape in SHAPES:
        answers = [okta("PUT", f"/Users/{cast.mary.id}", {"userName": "mary", "roles": shape(key)}) for key in (theirs, unknown)]
        assert [status for status, _ in answers] == [400, 400]
        said = [error["detail"].split(" is not a role here. ")[1] for _, error in answers]
        assert said == [f"Valid values: admin, maker, contributor, viewer, {ours} (Ours)."] * 2
        assert okta("PUT", f"/Users/{cast.mary.id}", {"userName": "mary", "roles": shape(ours)})[0] == 200
        with factories.inside(okta.app, "acme") as ctx:
            assert members.get(ctx, cast.mary.id).custom_role_id == ours
        assert okta("PUT", f"/Users/{cast.mary.id}", {"userName": "mary", "roles": shape("viewer")})[0] == 200


@pytest.mark.parametrize(
    "value", [5, True, {"value": 5}, [{"value": ["maker"]}], [["maker"]], {"value": None, "type": "x"}, [None], "", " "]
)
def test_what_is_no_role_at_all_gives_or_takes_none(okta, cast, value):
    status, _ = okta("PUT", f"/Users/{cast.alan.id}", {"userName": "alan", "roles": value})
    assert status in (200, 400)
    with factories.inside(okta.app, "acme") as ctx:
        assert members.get(ctx, cast.alan.id).role == "maker"
