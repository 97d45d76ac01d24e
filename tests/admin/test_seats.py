"""Seats and plan: what is used and free, what the plan allows, who found no seat."""

from __future__ import annotations

from portal.domain import members, sso_attempts, workspaces
from portal.domain.errors import NoSeatLeft
from tests import factories


def test_used_and_free_and_by_role(at, cast):
    page = at("acme", cast.grace).open("/seats")
    assert "3 of 10 seats" in page.text
    assert page.rows("By role") == [
        ["Admin", "Uses a seat", "2"],
        ["Maker", "Uses a seat", "1"],
        ["Contributor", "No seat", "1"],
        ["Viewer", "No seat", "0"],
    ]
    assert "SCIM included" in page.text
    assert "Nobody was refused" in page.text


def test_a_full_workspace_says_what_to_do(at, cast, app):
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, 3)
    assert "Every seat is in use" in at("acme", cast.grace).open("/seats").text


def test_without_a_limit_nothing_is_measured(at, cast, app):
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, None)
        workspaces.set_plan(ctx, "pro")
    page = at("acme", cast.grace).open("/seats")
    assert "This workspace has no limit." in page.text
    assert "SCIM is not part of this plan" in page.text
    assert "It comes with Enterprise. Ask your Productboard contact to change the plan." in page.text


def test_whom_okta_could_not_seat_is_listed(at, cast, app, client):
    factories.enable_scim(app, "acme")
    token = factories.make_token(app, "acme")
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, 3)
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "late@acme.example",
        "roles": [{"primary": True, "value": "maker"}],
    }
    answer = client("acme").post("/scim/v2/Users", json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    page = at("acme", cast.grace).open("/seats")
    row = page.rows("Refused")[0]
    assert row[0] == "late@acme.example"
    assert (row[1], "3 of 3 seats are in use" in row[3]) == ("Okta", True)
    factories.make_workspace(app, "third", "Third")
    with factories.inside(app, "globex") as ctx:
        assert members.get(ctx, cast.hank.id)
    assert "Nobody was refused" in at("globex", cast.hank).open("/seats").text


def test_whom_a_sign_in_could_not_seat_is_listed_too_and_fewer_seats_are_told(at, cast, app):
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, 2)
        sso_attempts.note_refusal(ctx, NoSeatLeft.code, {"sentence": "No seat left: 3 of 2"}, subject="new@acme.example")
        sso_attempts.note_refusal(ctx, "member-unknown", {"sentence": "Unknown"}, subject="other@acme.example")
    page = at("acme", cast.grace).open("/seats")
    assert [(row[0], row[1], row[3]) for row in page.rows("Refused")] == [("new@acme.example", "Sign-in", "No seat left: 3 of 2")]
    assert "More seats are in use than there are" in page.text
    assert "Whoever needs one is refused until 2 are given up" in page.text


def test_members_without_the_right_do_not_get_in(at, cast):
    at("acme", cast.alan).open("/seats", status=403)
