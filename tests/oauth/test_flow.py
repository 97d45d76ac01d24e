"""Authenticate with the product: from Okta's button to tokens, step by step as an admin sees it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from sqlalchemy import delete, select

from portal.domain import consents
from portal.domain import opening as domain
from portal.extensions import db
from portal.models import AuditEntry, AuthorizationRequest, Consent
from portal.web.tenancy import now
from tests import factories
from tests.oauth import flow
from tests.support import site

EVERY = "scim:users:read scim:users:write scim:groups:read scim:groups:write"


def test_from_the_button_to_tokens(app, at, cast):
    client = flow.catalog(app)
    path = flow.begin(app, client)
    pages = at("acme").open(path)
    assert pages.heading == "Sign in to Acme"
    pages.submit("Sign in", {"Email": "grace@acme.example", "Password": factories.PASSWORD})
    assert pages.heading == "Okta asks for access to Acme"
    assert "Add, change, deactivate and reactivate members." in pages.text
    assert "You are signed in as Grace Hopper (grace@acme.example)." in pages.text
    assert "Either way you go back to system-admin.okta.com." in pages.text
    pages.submit("Authorize", status=303)
    back = flow.returned(pages.response)
    assert pages.response.location.startswith(client.callback + "?")
    assert back["state"] == flow.STATE
    assert back["iss"] == "http://app.portal.localhost:5000"

    response = flow.redeem(app, client, back["code"])
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    issued = response.get_json()
    assert sorted(issued) == ["access_token", "expires_in", "refresh_token", "scope", "token_type"]
    assert (issued["token_type"], issued["expires_in"], issued["scope"]) == ("Bearer", 3600, EVERY)
    with app.app_context():
        opened = domain.open_with(db.session(), issued["access_token"], now(), None)
        assert opened.workspace.slug == "acme"
        assert opened.consent is not None
        actions = [(entry.actor_label, entry.action) for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq))]
    assert actions[-2:] == [("Grace Hopper", "consent.granted"), ("Okta", "consent.connected")]


def test_the_bare_domain_does_as_well(app, at, cast):
    client = flow.catalog(app)
    pages = at().open(f"/oauth2/authorize?response_type=code&client_id={client.client_id}&redirect_uri={client.callback}&state=x")
    assert pages.heading == "Enter your workspace subdomain"
    back = flow.answered(at("acme", cast.grace), flow.chosen(app, pages, "acme"))
    response = site.client(app).post(
        "/oauth2/token",
        data={"grant_type": "authorization_code", "code": back["code"], "redirect_uri": client.callback, **client.credentials},
    )
    assert response.status_code == 200


def test_workspace_may_be_typed_in_any_form(app, cast):
    client = flow.catalog(app)
    for typed in ("acme", " ACME ", "acme.portal.localhost", "http://acme.portal.localhost:5000/members"):
        pages = flow.begun(app, client).submit("Continue", {"Workspace subdomain": typed}, status=303)
        assert urlsplit(pages.response.location).netloc == "acme.portal.localhost:5000"


def test_unknown_workspace_gets_a_clear_answer_and_the_request_stays(app, at, cast):
    pages = flow.begun(app, flow.catalog(app))
    for typed in ("nobody", "", "a b", "a\0b", "ä", "x" * 3000, "app", "'"):
        pages.submit("Continue", {"Workspace subdomain": typed}, status=422)
        assert len(pages.errors) == 1, typed
    assert flow.answered(at("acme", cast.grace), flow.chosen(app, pages, "acme"))["code"]


def test_another_workspace_can_be_chosen_after_going_back(app, at, cast):
    pages = flow.begun(app, flow.catalog(app))
    finder = pages.page
    first = flow.chosen(app, pages, "acme")
    pages.page = finder
    path = flow.chosen(app, pages, "globex")
    assert path == first
    at("acme", cast.ada).open(path, status=410)
    assert flow.answered(at("globex", cast.hank), path)["code"]


@pytest.mark.parametrize(
    "scope", ["scim:users:read+scim:groups:read", "scim:users:read%20scim:groups:read", "scim:users:read scim:groups:read"]
)
def test_scopes_however_they_are_joined(app, at, cast, scope):
    client = flow.catalog(app)
    path = f"/oauth2/authorize?scope={scope}&state=1&redirect_uri={client.callback}&client_id={client.client_id}&response_type=code"
    pages = at("app").open(path)
    pages = at("acme", cast.grace).open(flow.chosen(app, pages, "acme"))
    assert "See the members of this workspace." in pages.text
    assert "See teams and who is in them." in pages.text
    assert "Add, change" not in pages.text
    pages.submit("Authorize", status=303)
    issued = flow.redeem(app, client, flow.returned(pages.response)["code"]).get_json()
    assert issued["scope"] == "scim:users:read scim:groups:read"


def test_unknown_parameters_and_response_mode_change_nothing(app, at, cast):
    client = flow.catalog(app)
    assert flow.tokens(app, at, cast.grace, client, response_mode="form_post", nonce="1", prompt="none", **{"x[]": "1"})


def test_deny_goes_back_with_access_denied(app, at, cast):
    client = flow.catalog(app)
    path = flow.begin(app, client)
    pages = at("acme", cast.grace)
    back = flow.answered(pages, path, "Deny")
    assert (back["error"], back["state"], back["iss"]) == ("access_denied", flow.STATE, "http://app.portal.localhost:5000")
    assert "code" not in back
    pages.open(path, status=410)
    assert pages.heading == "This request for access is over"
    assert "start again in Okta" in pages.text


def test_equal_buttons_and_no_answer_without_one(app, at, cast):
    path = flow.begin(app, flow.catalog(app))
    pages = at("acme", cast.grace).open(path)
    buttons = pages.page.xpath("//button[@name='decision']")
    assert [button.get("class") for button in buttons] == [buttons[0].get("class")] * 2
    csrf = pages.page.xpath("//input[@name='csrf_token']/@value")[0]
    for data in ({}, {"decision": "yes"}, {"decision": ""}):
        assert pages.client.post(path, data={"csrf_token": csrf, **data}).status_code == 422
    with app.app_context():
        assert db.session.scalars(select(Consent)).all() == []


def test_double_click_on_authorize_leads_back_with_a_code_that_works(app, at, cast):
    client = flow.catalog(app)
    pages = at("acme", cast.grace).open(flow.begin(app, client))
    form = {field.get("name"): field.get("value") for field in pages.page.xpath("//form[.//button[@value='allow']]//input")}
    url = pages.page.xpath("//form[.//button[@value='allow']]/@action")[0]
    codes = [flow.returned(pages.client.post(url, data={**form, "decision": "allow"}))["code"] for _ in range(2)]
    assert codes[0] != codes[1]
    assert flow.redeem(app, client, codes[0]).get_json()["error"] == "invalid_grant"
    assert flow.redeem(app, client, codes[1]).status_code == 200
    with app.app_context():
        assert len(db.session.scalars(select(Consent)).all()) == 1
    # Redeemed, the request is over; a third click neither ends nor adds anything.
    assert pages.client.post(url, data={**form, "decision": "allow"}).status_code == 410
    assert pages.client.post(url, data={**form, "decision": "deny"}).status_code == 410
    assert "Connected" in at("acme", cast.grace).open("/connected-apps").text


def test_double_click_on_deny_stays_denied(app, at, cast):
    pages = at("acme", cast.grace).open(flow.begin(app, flow.catalog(app)))
    form = {field.get("name"): field.get("value") for field in pages.page.xpath("//form[.//button[@value='allow']]//input")}
    url = pages.page.xpath("//form[.//button[@value='allow']]/@action")[0]
    for _ in range(2):
        assert flow.returned(pages.client.post(url, data={**form, "decision": "deny"}))["error"] == "access_denied"
    assert pages.client.post(url, data={**form, "decision": "allow"}).status_code == 410


def test_request_expires_after_15_minutes(app, at, cast):
    path = flow.begin(app, flow.catalog(app))
    flow.age(app, "authorization_requests", "expires_at", minutes=15)
    pages = at("acme", cast.grace).open(path, status=410)
    assert "Close this window and start again in Okta." in pages.text


def test_member_without_the_right_reads_why_and_can_go_back(app, at, cast):
    client = flow.catalog(app)
    path = flow.begin(app, client)
    pages = at("acme", cast.alan).open(path)
    assert "You cannot authorize this" in pages.text
    assert "Your role does not include managing provisioning." in pages.text
    assert "Authorize" not in pages.buttons
    assert "Deny" in pages.buttons
    form = {field.get("name"): field.get("value") for field in pages.page.xpath("//form[.//button[@value='deny']]//input")}
    forced = pages.client.post(path, data={**form, "decision": "allow"})
    assert forced.status_code == 403
    assert "Location" not in forced.headers
    with app.app_context():
        assert db.session.scalars(select(Consent)).all() == []
    pages.submit("Deny", status=303)
    assert flow.returned(pages.response)["error"] == "access_denied"


def test_another_account_can_be_used(app, at, cast):
    path = flow.begin(app, flow.catalog(app))
    pages = at("acme", cast.alan).open(path).submit("Use another account")
    assert pages.heading == "Sign in to Acme"
    pages.submit("Sign in", {"Email": "ada@acme.example", "Password": factories.PASSWORD})
    assert pages.heading == "Okta asks for access to Acme"
    assert "You are signed in as Ada Lovelace" in pages.text
    pages.submit("Authorize", status=303)
    assert flow.returned(pages.response)["code"]


def test_request_survives_a_session_that_ended_on_the_consent_page(app, at, cast):
    path = flow.begin(app, flow.catalog(app))
    pages = at("acme", cast.grace).open(path)
    pages.client.delete_cookie("portal-session", domain="acme.portal.localhost")
    pages.submit("Authorize")
    assert pages.heading == "Sign in to Acme"
    pages.submit("Sign in", {"Email": "grace@acme.example", "Password": factories.PASSWORD})
    assert pages.heading == "Okta asks for access to Acme"


def test_second_consent_replaces_the_first_where_that_is_ticked(app, at, cast):
    client = flow.catalog(app)
    first = flow.tokens(app, at, cast.ada, client)
    pages = at("acme", cast.grace).open(flow.begin(app, client))
    assert "Okta is connected already" in pages.text
    assert "It goes on. Tick it if the new access replaces it: it ends as soon as that begins." in pages.text
    assert "Never used, from system-admin.okta.com." in pages.text
    pages.submit("Authorize", {flow.ends(pages)[0]: True}, status=303)
    code = flow.returned(pages.response)["code"]
    # Nothing ends before the new access begins.
    renewed = flow.refresh(app, client, first["refresh_token"])
    assert renewed.status_code == 200
    second = flow.redeem(app, client, code).get_json()
    assert flow.refresh(app, client, renewed.get_json()["refresh_token"]).get_json()["error"] == "invalid_grant"
    with app.app_context():
        assert domain.open_with(db.session(), second["access_token"], now(), None)
        with pytest.raises(domain.BadToken, match="was replaced by a newer authorization on"):
            domain.open_with(db.session(), first["access_token"], now(), None)
    assert "A newer authorization of the same app replaced it." in at("acme", cast.grace).open("/connected-apps").text


def test_connections_of_one_day_can_be_told_apart(app, at, cast):
    client = flow.catalog(app)
    for _ in range(2):
        flow.tokens(app, at, cast.ada, client)
        flow.age(app, "consents", "created_at", seconds=120)
    ends = flow.ends(at("acme", cast.grace).open(flow.begin(app, client)))
    assert len(set(ends)) == 2
    assert all(end.startswith("End what Ada Lovelace authorized on ") and end.endswith(" UTC") for end in ends)


def test_two_okta_organizations_use_one_client_side_by_side(app, at, cast):
    """What is there stays unless it is ticked, wherever it comes from."""
    client = flow.catalog(app)
    preview = client.callback.replace("okta.com", "oktapreview.com")
    first = flow.tokens(app, at, cast.ada, client)
    pages = at("acme", cast.grace).open(flow.begin(app, client, redirect_uri=preview))
    pages.submit("Authorize", status=303)
    second = flow.redeem(app, client, flow.returned(pages.response)["code"], redirect_uri=preview).get_json()
    pages.open(flow.begin(app, client))
    assert len(pages.page.xpath("//input[@name='end']")) == 2
    assert not pages.page.xpath("//input[@name='end']/@checked")
    pages.submit("Authorize", status=303)
    third = flow.redeem(app, client, flow.returned(pages.response)["code"]).get_json()
    with app.app_context():
        for issued in (first, second, third):
            assert domain.open_with(db.session(), issued["access_token"], now(), None)
    connected = at("acme", cast.grace).open("/connected-apps").text
    assert (connected.count("Connected from system-admin.okta.com"), connected.count("Connected from system-admin.oktapreview.com")) == (
        2,
        1,
    )


def test_nothing_ends_but_connections_of_the_same_client_and_workspace(app, at, cast):
    client, other = flow.catalog(app), flow.catalog(app, "Other", "other_app")
    kept = [flow.tokens(app, at, cast.ada, other), flow.tokens(app, at, cast.hank, client)]
    with app.app_context():
        ids = [*db.session.scalars(select(Consent.id)), "x", ""]
    path = flow.begin(app, client)
    pages = at("acme", cast.grace).open(path)
    csrf = pages.page.xpath("//input[@name='csrf_token']/@value")[0]
    answer = pages.client.post(path, data={"csrf_token": csrf, "decision": "allow", "end": ids})
    assert flow.redeem(app, client, flow.returned(answer)["code"]).status_code == 200
    with app.app_context():
        for issued in kept:
            assert domain.open_with(db.session(), issued["access_token"], now(), None)


def test_consents_of_two_workspaces_to_one_client_stand_side_by_side(app, at, cast):
    client = flow.catalog(app)
    ours, theirs = flow.tokens(app, at, cast.ada, client), flow.tokens(app, at, cast.hank, client)
    with app.app_context():
        for issued, slug in ((ours, "acme"), (theirs, "globex")):
            assert domain.open_with(db.session(), issued["access_token"], now(), None).workspace.slug == slug


def test_client_of_a_workspace_connects_to_that_one_only(app, at, cast):
    client = flow.custom(app, "acme")
    pages = flow.begun(app, client).submit("Continue", {"Workspace subdomain": "globex"}, status=422)
    assert pages.errors == ["“Our Okta” was registered by another workspace and can connect only to that one."]
    assert flow.answered(at("acme", cast.grace), flow.chosen(app, pages, "acme"))["code"]


def test_consent_says_when_scim_is_off(app, at, cast):
    client = flow.catalog(app)
    assert "SCIM is switched off here" in at("acme", cast.grace).open(flow.begin(app, client)).text
    factories.enable_scim(app, "acme")
    assert "SCIM is switched off here" not in at("acme", cast.grace).open(flow.begin(app, client)).text


def test_a_request_that_goes_at_the_moment_of_an_answer_is_told_so(app, cast, monkeypatch):
    choose = consents.choose_workspace

    def too_late(request, client, workspace):
        db.session.execute(delete(AuthorizationRequest), execution_options={"synchronize_session": False})
        choose(request, client, workspace)

    monkeypatch.setattr(consents, "choose_workspace", too_late)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    pages = flow.begun(app, flow.catalog(app)).submit("Continue", {"Workspace subdomain": "acme"}, status=409)
    assert pages.heading == "Somebody else changed or removed this at the same moment"
    assert "Nothing was changed. Go back, reload the page and try again." in pages.text
    with app.app_context():
        assert len(db.session.scalars(select(AuthorizationRequest)).all()) == 1
