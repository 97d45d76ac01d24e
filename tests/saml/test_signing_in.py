"""Signing in: who may come in, through which door, and that each door opens once. SS-4 to SS-8, TN-4."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest
from sqlalchemy import select

from portal.domain import members, sso, workspaces
from portal.models import Member, RefusedSignIn, SamlRequest, SignInTicket
from tests import factories
from tests.saml.conftest import Browser, connect
from tests.support import site
from tests.support.idp import IdentityProvider
from tests.support.says import Says
from tests.support.signing import Seal

GLOBEX_ACS = "http://globex.portal.localhost:5000/users/auth/saml/callback"


def reasons(app, slug="acme"):
    with factories.inside(app, slug) as ctx:
        return list(ctx.session.scalars(select(RefusedSignIn.reason).where(RefusedSignIn.workspace_id == ctx.workspace.id)))


def member(app, login):
    with factories.inside(app, "acme") as ctx:
        return members.by_login(ctx, login)


def is_signed_in(browser: Browser) -> bool:
    return browser.client.get("/settings/sso").status_code in (200, 403)


# Who


def test_a_known_member_is_found_in_any_letter_case(app, cast, connected, browser_at):
    browser = browser_at()
    assert browser.sign_in(Says(name_id="MARY@Acme.Example")).location == "/"
    assert is_signed_in(browser)


def test_a_new_member_is_made_with_names_and_role(app, cast, connected, browser_at):
    attributes = {"firstName": "Nina", "lastName": "Simone", "pb_role": "Maker"}
    assert browser_at().sign_in(Says(name_id="nina@acme.example", attributes=attributes)).location == "/"
    nina = member(app, "nina@acme.example")
    assert (nina.given_name, nina.family_name, nina.role, nina.source, nina.provisioned) == ("Nina", "Simone", "maker", "sso", False)


def test_a_control_character_keeps_nobody_out_unless_it_stands_in_the_name_that_counts(app, cast, connected, browser_at, at):
    """Names lose it, an address with it is passed over; whom the NameID means, nobody may have to guess."""
    attributes = {"firstName": "Ni\u0086na", "lastName": "Simone\nWaymon", "email": "nina\t@acme.example"}
    assert browser_at().sign_in(Says(name_id="nina@acme.example", attributes=attributes)).location == "/"
    nina = member(app, "nina@acme.example")
    assert (nina.given_name, nina.family_name, nina.email) == ("Nina", "Simone Waymon", "nina@acme.example")
    refused = browser_at().sign_in(Says(name_id="ni\tna@acme.example"))
    assert refused.status_code == 403
    assert reasons(app) == ["name-id-control"]
    page = at("acme", cast.ada).open("/troubleshooting")
    assert "contains a line break or another control character" in page.text
    assert "a tab (U+0009) as character 3" in page.text


def test_without_a_role_a_new_member_gets_the_default_one(app, cast, connected, browser_at):
    browser_at().sign_in(Says(name_id="nina@acme.example"))
    assert member(app, "nina@acme.example").role == "contributor"


def test_the_role_attribute_changes_no_member_who_is_there(app, cast, connected, browser_at):
    browser_at().sign_in(Says(name_id=cast.mary.user_name, attributes={"pb_role": "admin", "firstName": "Other"}))
    mary = member(app, cast.mary.user_name)
    assert (mary.role, mary.given_name) == ("contributor", "Mary")


def test_while_scim_is_on_nobody_is_made(app, cast, connected, browser_at):
    factories.enable_scim(app, "acme")
    answer = browser_at().sign_in(Says(name_id="nina@acme.example"))
    assert (answer.status_code, "Members are created by SCIM" in answer.text) == (403, True)
    assert member(app, "nina@acme.example") is None
    assert reasons(app) == ["member-unknown"]


def test_a_deactivated_member_stays_out(app, cast, connected, browser_at):
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, ctx.session.get_one(Member, cast.mary.id), {"active": False})
    answer = browser_at().sign_in(Says(name_id=cast.mary.user_name))
    assert (answer.status_code, "is deactivated" in answer.text) == (403, True)
    assert reasons(app) == ["member-deactivated"]


def test_no_seat_left_for_a_new_paid_member(app, cast, connected, browser_at):
    with factories.inside(app, "acme") as ctx:
        ctx.workspace.seats = ctx.workspace.seats_used
    answer = browser_at().sign_in(Says(name_id="nina@acme.example", attributes={"pb_role": "maker"}))
    assert answer.status_code == 403
    assert reasons(app) == ["no-seat-left"]
    assert member(app, "nina@acme.example") is None


def test_an_unknown_role_is_named(app, cast, connected, browser_at, at):
    answer = browser_at().sign_in(Says(name_id="nina@acme.example", attributes={"pb_role": "wizard"}))
    assert (answer.status_code, "wizard" in answer.text) == (403, True)
    assert reasons(app) == ["role-unknown"]


def test_user_types_that_keep_passwords_stay_out_of_sso(make_app):
    app = make_app(profile="productive")
    factories.make_workspace(app, "acme", "Acme")
    factories.make_person(app, "acme", "Cleo", "Client", user_type="client", role="client")
    idp = IdentityProvider()
    connect(app, "acme", idp)
    acs = "http://acme.portal.localhost:5000/saml/consume"
    browser = Browser(site.client(app, "acme"), idp, "/saml/consume")
    says = Says(acs_url=acs, entity_id="http://acme.portal.localhost:5000/saml/metadata", name_id="cleo@acme.example")
    answer = browser.sign_in(says)
    assert (answer.status_code, "sign in with e-mail address and password" in answer.text) == (403, True)
    factories.make_person(app, "acme", "Emma", "Employee")
    assert browser.sign_in(replace(says, name_id="emma@acme.example")).location == "/"


# Where to


@pytest.mark.parametrize("wanted", ["/members?page=2", "/settings/sso"])
def test_a_deep_link_survives(app, cast, connected, browser_at, wanted):
    path = f"/sso/start?next={quote(wanted)}"
    assert browser_at().sign_in(Says(name_id=cast.mary.user_name), path=path).location == wanted


FOREIGN = ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http://globex.portal.localhost:5000/members",
           "http://acme.portal.localhost:5000@evil.example/", "http://acme.portal.localhost:5000.evil.example/", "", "members",
           "/members\x00"]  # fmt: skip


@pytest.mark.parametrize("relay_state", FOREIGN)
def test_a_relay_state_never_leaves_the_workspace(app, cast, connected, browser_at, relay_state):
    browser = browser_at()
    answer = browser.post(connected.response(Says(name_id=cast.mary.user_name)), relay_state)
    assert browser.arrive(answer).location == "/"
    path = f"/sso/start?next={quote(relay_state)}"
    assert browser_at().sign_in(Says(name_id=cast.mary.user_name), path=path).location == "/"


@pytest.mark.parametrize("relay_state", ["/members?q=a", "http://acme.portal.localhost:5000/members?q=a"])
def test_the_tiles_own_relay_state_leads_to_a_page_here(app, cast, connected, browser_at, relay_state):
    browser = browser_at()
    assert browser.arrive(browser.post(connected.response(Says(name_id=cast.mary.user_name)), relay_state)).location == "/members?q=a"


# Once, and in the browser that began


def test_a_response_counts_once(app, cast, connected, browser_at):
    content = connected.response(Says(name_id=cast.mary.user_name))
    browser = browser_at()
    assert browser.post(content).status_code == 303
    assert browser.post(content).status_code == 403
    assert reasons(app) == ["replayed"]


def test_an_assertion_counts_once_in_whatever_envelope(app, cast, connected, browser_at):
    content = connected.response(Says(name_id=cast.mary.user_name), Seal(response=False))
    assert browser_at().post(content).status_code == 303
    assert browser_at().post(content.replace(b'Response ID="id', b'Response ID="other')).status_code == 403
    assert reasons(app) == ["replayed"]


def test_a_request_is_answered_once(app, cast, connected, browser_at):
    browser = browser_at()
    request_id = browser.start()
    says = Says(name_id=cast.mary.user_name, request_id=request_id)
    assert browser.post(connected.response(says)).status_code == 303
    assert browser.post(connected.response(says)).status_code == 403
    assert browser.post(connected.response(replace(says, request_id="id-never-sent"))).status_code == 403
    assert reasons(app) == ["request-unknown"] * 2


def test_an_old_request_is_not_answered(app, cast, connected, browser_at):
    browser = browser_at()
    request_id = browser.start()
    with factories.inside(app, "acme") as ctx:
        request = ctx.session.get_one(SamlRequest, request_id)
        request.expires_at = ctx.now
    assert browser.post(connected.response(Says(name_id=cast.mary.user_name, request_id=request_id))).status_code == 403
    assert reasons(app) == ["request-unknown"]


def test_a_hidden_request_is_still_found_by_the_relay_state(app, cast, connected, browser_at):
    browser = browser_at()
    request_id = browser.start()
    assert browser.post(connected.response(Says(name_id=cast.mary.user_name)), request_id).status_code == 403
    assert reasons(app) == ["in-response-to-missing"]


def test_a_response_to_a_request_of_another_browser_signs_nobody_in(app, cast, connected, browser_at):
    """Login CSRF: the attacker begins, signs in at Okta as themselves, and makes the victim's browser post the response."""
    attacker, victim = browser_at(), browser_at()
    request_id = attacker.start()
    victim.start()
    answer = victim.post(connected.response(Says(name_id=cast.mary.user_name, request_id=request_id)))
    assert answer.status_code == 303
    refused = victim.client.get(answer.location)
    assert (refused.status_code, "another browser" in refused.text) == (403, True)
    assert not is_signed_in(victim)
    assert reasons(app) == ["browser-mismatch"]


def test_a_ticket_counts_once_and_not_for_long(app, cast, connected, browser_at):
    browser = browser_at()
    request_id = browser.start()
    answer = browser.post(connected.response(Says(name_id=cast.mary.user_name, request_id=request_id)))
    assert browser.client.get(answer.location).status_code == 303
    assert browser.client.get(answer.location).status_code == 403
    answer = browser.post(connected.response(Says(name_id=cast.mary.user_name, request_id=browser.start())))
    with factories.inside(app, "acme") as ctx:
        for ticket in ctx.session.scalars(select(SignInTicket).where(SignInTicket.used_at.is_(None))):
            ticket.expires_at = ctx.now
    assert browser.client.get(answer.location).status_code == 403
    assert browser.client.get("/sso/finish").status_code == 403
    assert reasons(app) == ["ticket-expired"] * 3


def test_a_ticket_of_the_tile_is_of_no_use_elsewhere(app, cast, connected, browser_at):
    """The address of a redirect may end in a log: without the cookie that came with it, it opens nothing."""
    answer = browser_at().post(connected.response(Says(name_id=cast.mary.user_name)))
    refused = browser_at().client.get(answer.location)
    assert (refused.status_code, refused.headers["Referrer-Policy"]) == (403, "no-referrer")


# Another workspace


def test_nothing_of_another_workspace_opens_this_one(app, cast, connected, browser_at):
    connect(app, "globex", connected)  # the same identity provider, the same audience
    theirs = connected.response(Says(name_id=cast.mary.user_name, acs_url=GLOBEX_ACS))
    assert browser_at("acme").post(theirs).status_code == 403
    ours = browser_at("acme")
    request_id = ours.start()
    across = connected.response(Says(name_id="hank@globex.example", acs_url=GLOBEX_ACS, request_id=request_id))
    assert browser_at("globex").post(across).status_code == 403
    answer = ours.post(connected.response(Says(name_id=cast.mary.user_name, request_id=request_id)))
    assert browser_at("globex").client.get(answer.location).status_code == 403
    assert reasons(app) == ["destination-wrong"]
    assert sorted(reasons(app, "globex")) == ["request-unknown", "ticket-expired"]


# Switched off, or without a plan


def test_switched_off_nothing_starts_and_nothing_arrives(app, cast, connected, browser_at):
    with factories.inside(app, "acme") as ctx:
        sso.set_mode(ctx, "off", signed_in_by_sso=False)
    assert browser_at().client.get("/sso/start").status_code == 403
    assert browser_at().post(connected.response(Says(name_id=cast.mary.user_name))).status_code == 403
    assert reasons(app) == ["sso-off"]
    assert "Okta account" not in browser_at().client.get("/sign-in").text


def test_a_plan_without_sso_leaves_passwords(app, cast, connected, browser_at, at):
    with factories.inside(app, "acme") as ctx:
        ctx.workspace.sso, ctx.workspace.plan = "required", "pro"
    assert browser_at().post(connected.response(Says(name_id=cast.mary.user_name))).status_code == 403
    assert reasons(app) == ["plan"]
    fields = {"Email": cast.grace.user_name, "Password": factories.PASSWORD}
    at("acme").open("/sign-in").submit("Sign in", fields, status=303)


def test_two_connections_side_by_side_ask_which_one(app, cast, connected, browser_at, at):
    new = IdentityProvider("http://www.okta.com/exk2")
    connect(app, "acme", new, beside=True, name="New Okta")
    page = at("acme").open("/sso/start?next=/members")
    assert page.heading == "Choose where you sign in"
    path = page.page.xpath("//a[contains(., 'New Okta')]/@href")[0]
    assert Browser(page.client, new).sign_in(Says(name_id=cast.mary.user_name, issuer=new.issuer), path=path).location == "/members"
    old = browser_at()
    assert old.arrive(old.post(connected.response(Says(name_id=cast.mary.user_name)))).location == "/"
    third = IdentityProvider("http://www.okta.com/exk3")
    connect(app, "acme", third, beside=True)
    with factories.inside(app, "acme") as ctx:
        assert [item.issuer for item in workspaces.active_connections(ctx)] == [new.issuer, third.issuer]
