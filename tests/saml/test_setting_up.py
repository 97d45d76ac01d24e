"""Setting up SAML: SS-1, SS-2, SS-3."""

from __future__ import annotations

from tests.saml.conftest import browser_of, connect, xml_file
from tests.support.idp import IdentityProvider
from tests.support.says import Says

PAGE = "/settings/sso"


def test_the_page_shows_each_value_to_copy(app, cast, at):
    page = at("acme", cast.grace).open(PAGE)
    assert page.value("ACS URL") == "http://acme.portal.localhost:5000/users/auth/saml/callback"
    assert page.value("Entity ID") == "productboard"
    assert page.value("Name ID format") == "EmailAddress"
    assert page.value("First name attribute") == "firstName"
    assert page.value("Last name attribute") == "lastName"
    assert page.value("Role attribute") == "pb_role"
    assert page.buttons.count("Copy ACS URL") == 1


def test_a_metadata_file_becomes_a_candidate_and_the_admins_own_sign_in_makes_it_active(app, cast, at, idp):
    page = at("acme", cast.grace).open(PAGE)
    assert "Authorize" not in page.buttons
    page.submit("Save & authorize", {"Metadata file": xml_file(idp.metadata())})
    assert page.notice.startswith("The connection is saved.")
    assert "Active connections" not in page.text
    browser = browser_of(page, idp)
    done = browser.sign_in(Says(name_id="grace@acme.example"), path="/sso/authorize")
    assert (done.status_code, done.location) == (303, "/settings/sso")
    page.open(PAGE)
    assert page.notice == "Okta is connected. Members can sign in with it now."
    assert "Active connections" in page.text
    assert "Authorize" not in page.buttons


def test_another_persons_sign_in_does_not_make_it_active(app, cast, at, idp):
    page = at("acme", cast.grace).open(PAGE).submit("Save & authorize", {"Metadata file": xml_file(idp.metadata())})
    done = browser_of(page, idp).sign_in(Says(name_id="alan@acme.example"), path="/sso/authorize")
    assert done.status_code == 303
    page.open(PAGE)
    assert "The assertion is about another person than the admin who authorizes." in page.text
    assert "alan@acme.example" in page.text
    assert "Authorize" in page.buttons
    assert "Active connections" not in page.text


def test_the_old_connection_works_until_the_new_one_does(app, cast, at, idp, browser_at):
    page = at("acme", cast.grace).open(PAGE)
    assert "In Okta, create an app with SAML 2.0" in page.text
    connect(app, "acme", idp)
    other = IdentityProvider("http://www.okta.com/exk2")
    page.open(PAGE)
    assert "In Okta, create an app with SAML 2.0" not in page.text
    assert "the connected one works on until the new one is authorized" in page.text
    assert "To move to another app in Okta, save its metadata under Connect Okta's app." in page.text
    page.submit("Save & authorize", {"Metadata file": xml_file(other.metadata())})
    assert browser_at().sign_in(Says(name_id="mary@acme.example")).location == "/"
    refused = browser_of(page, idp).sign_in(Says(name_id="grace@acme.example"), path="/sso/authorize")
    assert refused.status_code == 200
    assert "comes from another identity provider" in page.open(PAGE).text
    assert browser_at().sign_in(Says(name_id="mary@acme.example")).location == "/"
    browser_of(page, other).sign_in(Says(name_id="grace@acme.example"), path="/sso/authorize")
    assert other.issuer in page.open(PAGE).text
    assert idp.issuer not in page.text
