"""Answers that are genuine and still not what was asked for: another purpose, another admin, another connection."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.domain import members, workspaces
from portal.models import Member, RefusedSignIn
from tests import factories
from tests.pages import PageClient
from tests.saml.conftest import browser_of, connect, xml_file
from tests.support.idp import IdentityProvider, request_in
from tests.support.says import Says

PAGE, SLO = "/settings/sso", "/users/auth/saml/slo"
SLO_URL = f"http://acme.portal.localhost:5000{SLO}"


@pytest.fixture
def connected(app, cast, idp):
    """Acme, connected to an identity provider that knows single logout."""
    idp.slo_url = "https://acme.okta.example/slo"
    connect(app, "acme", idp)
    return idp


def reasons(app):
    with factories.inside(app, "acme") as ctx:
        return list(ctx.session.scalars(select(RefusedSignIn.reason).order_by(RefusedSignIn.at)))


def asked_to_sign_out(browser) -> str:
    """Signs out as far as the identity provider; returns the id of the LogoutRequest."""
    page = PageClient(browser.client).open("/account").submit("Sign out")
    away = browser.client.get(page.page.xpath("//a[contains(., 'Sign out of Okta')]/@href")[0])
    return request_in(away.location)[0].get("ID")


def test_an_answer_to_a_logout_request_signs_nobody_in(app, cast, connected, browser_at):
    browser = browser_at()
    browser.sign_in(Says(name_id=cast.mary.user_name))
    says = Says(name_id=cast.ada.user_name, request_id=asked_to_sign_out(browser))
    assert browser.post(connected.response(says)).status_code == 403
    assert reasons(app) == ["request-unknown"]


def test_a_logout_answer_must_fit_its_request(app, cast, connected, browser_at):
    other = IdentityProvider("http://www.okta.com/exk2")
    browser = browser_at()
    browser.sign_in(Says(name_id=cast.mary.user_name))
    request_id = asked_to_sign_out(browser)
    connect(app, "acme", other, beside=True)
    sign_in = browser.start("/sso/start?connection=" + old(app))
    refused = {
        "to a sign-in": connected.query("SAMLResponse", connected.logout_response(sign_in, SLO_URL)),
        "by another": other.query("SAMLResponse", other.logout_response(request_id, SLO_URL)),
        "not everywhere": connected.query("SAMLResponse", connected.logout_response(request_id, SLO_URL, status="Responder")),
    }
    for query in refused.values():
        assert browser.client.get(f"{SLO}?{query}").status_code == 403
    assert reasons(app) == ["request-unknown", "request-unknown", "logout-incomplete"]
    good = connected.query("SAMLResponse", connected.logout_response(request_id, SLO_URL))
    assert browser.client.get(f"{SLO}?{good}").status_code == 303
    assert browser.client.get(f"{SLO}?{good}").status_code == 403


def old(app) -> str:
    """The id of the connection that was there first."""
    with factories.inside(app, "acme") as ctx:
        return workspaces.active_connections(ctx)[0].id


def tried(at, person, idp):
    """A page of an admin who saved a candidate and is away at the identity provider; and the answer that comes back."""
    page = at("acme", person).open(PAGE).submit("Save & authorize", {"Metadata file": xml_file(idp.metadata())})
    browser = browser_of(page, idp)
    request_id = browser.start("/sso/authorize")
    answer = browser.post(idp.response(Says(name_id=person.user_name, request_id=request_id)))
    assert answer.status_code == 303
    return page, answer.location


def is_active(at, cast) -> bool:
    return "Active connections" in at("acme", cast.ada).open(PAGE).text


def test_nobody_authorizes_for_somebody_else(app, cast, at, idp):
    """The admin left, and another one is signed in on the same browser when the answer comes."""
    page, finish = tried(at, cast.grace, idp)
    factories.sign_in(app, page.client, cast.ada)
    assert page.client.get(finish).location == "/settings/sso#candidate"
    assert "is not signed in any more" in page.open(PAGE).text
    assert not is_active(at, cast)


def test_who_signed_out_meanwhile_authorizes_nothing(app, cast, at, idp):
    page, finish = tried(at, cast.grace, idp)
    page.open("/account").submit("Sign out")
    assert page.client.get(finish).status_code == 303
    assert reasons(app) == ["authorize-signed-out"]
    assert not is_active(at, cast)


def test_who_lost_the_right_meanwhile_authorizes_nothing(app, cast, at, idp):
    page, finish = tried(at, cast.grace, idp)
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, ctx.session.get_one(Member, cast.grace.id), {"role": "contributor"})
    page.client.get(finish)
    assert reasons(app) == ["authorize-signed-out"]
    assert not is_active(at, cast)


def test_a_candidate_that_was_saved_anew_meanwhile_is_not_the_one_that_was_tried(app, cast, at, idp):
    page, finish = tried(at, cast.grace, idp)
    at("acme", cast.ada).open(PAGE).submit("Save & authorize", {"Metadata file": xml_file(IdentityProvider("http://x").metadata())})
    page.client.get(finish)
    assert reasons(app) == ["connection-replaced"]
    assert not is_active(at, cast)
