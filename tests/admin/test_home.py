"""The home page: how the workspace stands, what is next, and what needs attention."""

from __future__ import annotations

from datetime import timedelta

from portal.domain import members, provisioning, tokens, workspaces
from tests import factories


def test_an_owners_first_page_says_what_is_set_up_and_what_is_next(at, cast):
    page = at("acme", cast.ada).open("/")
    assert page.heading == "Home"
    for text in ("Active members 4", "3 of 10 seats", "Not connected", "SCIM off", "Connect Okta's app Next"):
        assert text in page.text, text
    page.follow("Connect Okta")
    assert page.heading == "SSO and SCIM"


def test_steps_that_happened_are_ticked_and_the_list_goes_when_all_did(app, at, cast):
    with factories.inside(app, "acme") as ctx:
        for step in ("metadata", "sign-in", "token"):
            provisioning.reach(ctx, step)
    page = at("acme", cast.ada).open("/")
    assert "Authorize the connection Done" in page.text
    assert "Let Okta manage members Next There is a token. It opens nothing until SCIM is on." in page.text
    factories.enable_scim(app, "acme")
    assert "Let Okta manage members Done" in page.open("/").text
    assert "Open the Okta guide" in page.links
    with factories.inside(app, "acme") as ctx:
        for step in provisioning.STEPS:
            provisioning.reach(ctx, step)
    assert "Set up Okta" not in page.open("/").text


def test_what_needs_attention_is_said(app, at, cast, client):
    factories.enable_scim(app, "acme")
    secret = factories.make_token(app, "acme")
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, 3)
        tokens.make(ctx, name="Okta prod", expires_in=timedelta(days=3))
        tokens.make(ctx, name="Okta later", expires_in=timedelta(days=30))
        tokens.make(ctx, name="Okta past", expires_in=timedelta(days=1))[0].expires_at = ctx.now - timedelta(hours=1)
        members.update_member(ctx, members.get(ctx, cast.mary.id), {"active": False})
    body = {"userName": cast.alan.user_name}
    assert client("acme").post("/scim/v2/Users", json=body, headers={"Authorization": f"Bearer {secret}"}).status_code in (400, 409)
    page = at("acme", cast.ada).open("/")
    for text in (
        "Every seat is in use",
        "One of Okta's requests failed",
        "The token “Okta prod” stops working",
        "1 deactivated",
        "SCIM on",
    ):
        assert text in page.text, text
    assert "The token “Okta past” stopped working" in page.text
    assert page.text.count("It ends in …") == 2
    assert "Okta later" not in page.text
    assert "Show SSO and SCIM" in page.links
    page.follow("Read what was wrong and what to do")
    assert page.heading == "Provisioning log"


def test_of_the_active_members_those_from_okta_are_counted(app, at, cast):
    with factories.inside(app, "acme") as ctx:
        for name, active in (("here", True), ("gone", False)):
            members.create(ctx, {"user_name": name, "active": active}, source="scim")
    text = at("acme", cast.ada).open("/").text
    assert "Active members 5 1 from Okta, 1 deactivated" in text


def test_a_plan_without_scim_is_named(app, at, cast):
    with factories.inside(app, "acme") as ctx:
        workspaces.set_plan(ctx, "pro")
    page = at("acme", cast.ada).open("/")
    assert "The Pro plan does not include SCIM. Ask your Productboard contact for Enterprise." in page.text
    assert "SCIM off" in page.text


def test_nothing_of_another_workspace_shows(app, at, cast):
    factories.enable_scim(app, "globex")
    assert "SCIM off" in at("acme", cast.grace).open("/").text
    assert "Active members 1" in at("globex", cast.hank).open("/").text


def test_the_page_costs_the_same_with_more_members(app, at, cast, count_queries):
    page = at("acme", cast.grace)
    few = count_queries(lambda: page.open("/"))
    with factories.inside(app, "acme") as ctx:
        for number in range(100):
            members.create(ctx, {"user_name": f"person-{number}"}, source="scim")
    assert count_queries(lambda: page.open("/")) == few


def test_a_step_says_what_okta_did_wrong_until_it_succeeds(app, at, cast, client):
    factories.enable_scim(app, "acme")
    secret = factories.make_token(app, "acme")
    http, head = client("acme"), {"Authorization": f"Bearer {secret}"}
    page = at("acme", cast.ada)
    assert http.post("/scim/v2/Users", json={"userName": "tim", "roles": "emperor"}, headers=head).status_code == 400
    assert (
        "Assign the first person in Okta Needs attention Okta tried, and was refused: “emperor” is not a role here."
        in page.open("/settings/sso").text
    )
    steps = page.client.get("/settings/sso/steps").get_json()["steps"]
    assert (steps["first-user"]["state"], steps["first-group"]["state"]) == ("failed", "todo")
    assert http.post("/scim/v2/Users", json={"userName": "tim"}, headers=head).status_code == 201
    steps = page.client.get("/settings/sso/steps").get_json()["steps"]
    assert (steps["first-user"]["state"], steps["first-user"]["note"][:34]) == ("done", "The first member came from Okta on")
