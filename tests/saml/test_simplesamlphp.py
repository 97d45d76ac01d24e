"""Signing in with an identity provider of other people's making: in a real browser, and over HTTP in every seal."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from portal.domain import members
from tests import factories
from tests.saml.walking import Walker
from tests.support.browser import violations
from tests.support.http import browserless
from tests.support.simplesamlphp import PASSWORD, SimpleSamlPhp
from tests.support.site import LiveServer


@pytest.fixture
def people(live: LiveServer) -> factories.Cast:
    return factories.make_cast(live.app)


def trust(idp: SimpleSamlPhp, live: LiveServer, **options: Any) -> None:
    """Makes the identity provider know acme."""
    idp.trust("productboard", live.url("acme", "/users/auth/saml/callback"), **options)
    for name in ("ada", "grace", "new"):
        idp.account(name, email=f"{name}@acme.example", firstName=name.title(), lastName="Somebody")


def sign_in_there(page: Page, user: str) -> None:
    """Signs in at SimpleSAMLphp's own page."""
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", PASSWORD)
    page.click("[type=submit]")


def walk_to_settings(live: LiveServer, person: factories.Person) -> Walker:
    """The person, signed in with a password, at SSO and SCIM."""
    walker = Walker().open(live.url("acme", "/sign-in?next=/settings/sso"))
    return walker.submit("Sign in", email=person.user_name, password=factories.PASSWORD)


def test_the_story_in_a_browser(live, people, simplesamlphp, new_page):
    """An admin connects by metadata URL; a new member arrives; a deep link survives; Okta's tile works."""
    trust(simplesamlphp, live)
    page = new_page()
    page.goto(live.url("acme", "/sign-in?next=/settings/sso"))
    page.get_by_label("Email").fill(people.grace.user_name)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Metadata URL").fill(simplesamlphp.metadata_url)
    page.get_by_role("button", name="Save & authorize").click()
    assert violations(page) == []
    page.get_by_role("button", name="Authorize", exact=True).click()
    sign_in_there(page, "grace")
    expect(page.get_by_role("status").filter(has_text="Okta is connected.")).to_be_visible()
    assert violations(page) == []

    page = new_page()
    page.goto(live.url("acme", "/sign-in"))
    page.get_by_role("link", name="Sign in with Okta account").click()
    sign_in_there(page, "new")
    page.wait_for_url(re.compile(re.escape(live.url("acme"))))
    with factories.inside(live.app, "acme") as ctx:
        member = members.by_login(ctx, "new@acme.example")
        assert (member.given_name, member.family_name, member.role, member.source) == ("New", "Somebody", "contributor", "sso")

    page = new_page()
    page.goto(live.url("acme", "/troubleshooting"))
    page.get_by_role("link", name="Sign in with Okta account").click()
    sign_in_there(page, "ada")
    expect(page.get_by_role("heading", level=1)).to_have_text("Troubleshooting")

    page = new_page()
    page.goto(f"{simplesamlphp.sso_url}?spentityid=productboard&RelayState={live.url('acme', '/troubleshooting')}")
    sign_in_there(page, "ada")
    expect(page.get_by_role("heading", level=1)).to_have_text("Troubleshooting")
    assert violations(page) == []


@pytest.mark.parametrize("signed", [("response",), ("assertion",), ("response", "assertion")], ids=["response", "assertion", "both"])
@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
def test_each_seal_is_read(live, people, simplesamlphp, signed, encrypted):
    options: dict[str, Any] = {f"saml20.sign.{part}": part in signed for part in ("response", "assertion")}
    if encrypted:
        with browserless() as http:
            ours = http.get(live.url("acme", "/sso/metadata")).text
        options |= {"assertion.encryption": True, "certData": ours.split("<ds:X509Certificate>")[1].split("<")[0]}
    trust(simplesamlphp, live, **options)
    walker = walk_to_settings(live, people.grace)
    walker.submit("Save & authorize", metadata_url=simplesamlphp.metadata_url).submit("Authorize").sign_in_there("grace")
    assert "Okta is connected." in walker.text


def test_signing_out_from_either_side(live, people, simplesamlphp):
    with browserless() as http:
        ours = http.get(live.url("acme", "/sso/metadata")).text.split("<ds:X509Certificate>")[1].split("<")[0]
    logout = {"SingleLogoutService": live.url("acme", "/users/auth/saml/slo"), "sign.logout": True, "validate.logout": True}
    trust(simplesamlphp, live, certData=ours, **logout)
    walker = walk_to_settings(live, people.grace)
    walker.submit("Save & authorize", metadata_url=simplesamlphp.metadata_url).submit("Authorize").sign_in_there("grace")
    walker.submit("Sign out")
    walker.open(urljoin(walker.url, walker.page.xpath("//a[contains(., 'Sign out of Okta')]/@href")[0]))
    assert "You are signed out here and at Okta." in walker.text
    # There, too: the next sign-in asks for the password again.
    walker.open(live.url("acme", "/sso/start?next=/account")).sign_in_there("ada")
    assert walker.url == live.url("acme", "/account")
    walker.open(f"{simplesamlphp.base_url}/saml2/idp/initSLO.php?RelayState=/")
    walker.open(live.url("acme", "/account"))
    assert walker.url.startswith(live.url("acme", "/sign-in"))
