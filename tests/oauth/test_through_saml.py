"""Consent on the way of a member who signs in with SAML."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.oauth import flow
from tests.pages import PageClient
from tests.saml.conftest import Browser, connect
from tests.support import site
from tests.support.idp import IdentityProvider
from tests.support.says import Says


def test_request_survives_the_way_through_the_identity_provider(app, cast):
    idp = IdentityProvider()
    connect(app, "acme", idp)
    client = flow.catalog(app)
    path = flow.begin(app, client)
    pages = PageClient(site.client(app, "acme")).open(path)
    assert pages.heading == "Sign in to Acme"
    link = pages.page.xpath("//a[starts-with(@href, '/sso/start')]/@href")[0]
    # On its way no page and no redirect may cut the popup off from Okta's window.
    assert pages.response.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"
    answer = Browser(pages.client, idp).sign_in(Says(name_id=cast.grace.user_name), path=link)
    assert answer.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"
    there = urlsplit(answer.location)
    assert f"{there.path}?{there.query}" == path
    assert flow.redeem(app, client, flow.answered(pages, path)["code"]).status_code == 200
