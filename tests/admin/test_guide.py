"""The Okta guide: the headings that Okta's reviewers ask for, with the workspace's own values, for each product and kind of app."""

from __future__ import annotations

import pytest

from portal.profile_file import SHIPPED
from tests import factories
from tests.pages import PageClient
from tests.support import site

HEADINGS = [
    "Features",
    "Requirements",
    "Configuration steps",
    "Attributes and mapping",
    "Username format",
    "Group push",
    "Known issues and troubleshooting",
]


@pytest.mark.parametrize("profile", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_each_product_has_a_guide_for_each_kind_of_app(make_app, profile):
    app = make_app(profile=profile)
    cast = factories.make_cast(app)
    page = PageClient(site.client(app, "acme"))
    factories.sign_in(app, page.client, cast.ada)
    page.open("/okta-guide")
    tabs = page.page.xpath("//nav[@aria-label='Kind of Okta app']//a/@href") or ["/okta-guide"]
    for tab in tabs:
        page.open(tab)
        assert [heading.text_content() for heading in page.page.xpath("//main//h2")] == HEADINGS
        assert app.config["PROFILE"].roles[0].key in page.text


def test_the_values_are_the_workspaces_own(app, cast, at):
    page = at("acme", cast.ada).open("/okta-guide?app=custom")
    assert page.value("Single sign-on URL") == "http://acme.portal.localhost:5000/users/auth/saml/callback"
    assert page.value("Audience URI (SP Entity ID)") == "productboard"
    assert page.value("Base URL") == "http://api.portal.localhost:5000/scim/v2"
    assert page.value("External name") == "roles.^[primary==true].value"
    assert "Tick Attribute required, too, if nobody is to be assigned without a role." in page.text
    assert "pb_role Optional; read only when a sign-in creates a member. Leave it out where SCIM gives the roles." in page.text
    assert at("globex", cast.hank).open("/okta-guide?app=strange").value("Workspace subdomain") == "globex"
    at("acme", cast.mary).open("/okta-guide", status=403)


def test_of_two_versions_pages_offer_the_usual_one_and_say_where_the_other_is(app, cast, at):
    factories.enable_scim(app, "acme")
    page = at("acme", cast.ada).open("/okta-guide")
    tabs = page.page.xpath("//nav[@aria-label='Kind of Okta app']//a")
    assert [tab.text_content().strip() for tab in tabs if tab.get("aria-current")] == ["Catalog app"]
    assert page.open("/okta-guide?app=scim-11").value("SCIM 1.1 base URL") == "http://api.portal.localhost:5000/scim/v1"
    assert "Paste the SCIM 1.1 base URL from below and the Token into Okta." in page.text
    assert "An active SAML connection: the steps for the other kinds of app begin with it." in page.text
    assert page.open("/integrations").value("SCIM 1.1 base URL") == "http://api.portal.localhost:5000/scim/v1"
    assert "Only for an app in Okta that speaks SCIM 1.1." in page.text
    shown = page.open("/settings/sso").page.xpath("//input[contains(@value, '/scim/v')]/@value")
    assert shown == ["http://api.portal.localhost:5000/scim/v2"]
