"""Authorize as the profile has it: straight to the identity provider, or to a page that asks to sign in first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.domain import sso, workspaces
from portal.models import SamlRequest
from tests import factories
from tests.pages import PageClient
from tests.saml.conftest import Browser, browser_of, connect, xml_file
from tests.support import profiles, site
from tests.support.idp import IdentityProvider
from tests.support.says import Says

PAGE, ASKS, BUTTON = "/settings/sso", "/settings/sso/authorize", "Sign in with Okta account"


def button_of(page: PageClient) -> str:
    """Where the button leads."""
    return str(page.page.xpath(f"//main//a[normalize-space(.)='{BUTTON}']/@href")[0])


class Place(NamedTuple):
    """acme, where Authorize asks first: its portal and its people; Grace is at its pages."""

    app: Flask
    cast: factories.Cast
    grace: PageClient

    def saves(self, idp: IdentityProvider) -> PageClient:
        """Grace saves a connection."""
        return self.grace.open(PAGE).submit("Save & authorize", {"Metadata file": xml_file(idp.metadata())})

    def active(self) -> list[str]:
        """The issuers of the active connections."""
        with factories.inside(self.app, "acme") as ctx:
            return [item.issuer for item in workspaces.active_connections(ctx)]


@pytest.fixture
def place(make_app: Callable[..., Flask], tmp_path: Path) -> Place:
    app = make_app(profile=profiles.asking(tmp_path))
    cast = factories.make_cast(app)
    pages = PageClient(site.client(app, "acme"))
    factories.sign_in(app, pages.client, cast.grace)
    return Place(app, cast, pages)


def test_authorize_asks_before_it_sends_anybody_away(place, idp):
    page = place.saves(idp).submit("Authorize")
    assert page.path == ASKS
    assert "as yourself, Grace Hopper (grace@acme.example)" in page.text
    assert "Until then, and if it fails, they sign in as before." in page.text
    with factories.inside(place.app, "acme") as ctx:
        assert ctx.session.scalar(select(func.count(SamlRequest.id))) == 0
    browser_of(page, idp).sign_in(Says(name_id="alan@acme.example"), path=button_of(page))
    assert "Nothing changed: members sign in as before." in page.open(ASKS).text
    done = browser_of(page, idp).sign_in(Says(name_id="grace@acme.example"), path=button_of(page))
    assert (done.status_code, done.location) == (303, PAGE)
    assert page.open(PAGE).notice == "Okta is connected. Members can sign in with it now."
    assert place.active() == [idp.issuer]
    assert page.open(ASKS).path == PAGE  # nothing waits any more


def test_a_refused_sign_in_comes_back_with_the_reason_and_the_old_connection_goes_on(place, idp):
    connect(place.app, "acme", idp)
    new = IdentityProvider("http://www.okta.com/exk2")
    page = place.saves(new).submit("Authorize")
    assert "takes the place of the present connection" in page.text
    for answered_by, says, reason in (
        (new, "alan@acme.example", "another person"),
        (idp, "grace@acme.example", "another identity provider"),
    ):
        browser = browser_of(page, new)
        request_id = browser.start(button_of(page))
        answer = browser.post(answered_by.response(Says(name_id=says, request_id=request_id)))
        if answer.location.startswith("/sso/finish"):
            answer = browser.arrive(answer)
        assert answer.location == ASKS
        assert reason in page.open(ASKS).text
        assert "your present connection is still there and working" in page.text
        assert place.active() == [idp.issuer]
    mary = Browser(site.client(place.app, "acme"), idp)
    assert mary.sign_in(Says(name_id="mary@acme.example")).location == "/"
    browser_of(page, new).sign_in(Says(name_id="grace@acme.example"), path=button_of(page))
    assert place.active() == [new.issuer]


@pytest.mark.parametrize("instead", ["another", "none"])
def test_what_was_replaced_or_removed_meanwhile_is_not_authorized(place, idp, instead):
    page = place.saves(idp).submit("Authorize")
    shown = button_of(page)
    browser = browser_of(page, idp)
    request_id = browser.start(shown)
    with factories.inside(place.app, "acme") as ctx:
        other = IdentityProvider("http://www.okta.com/exk2")
        if instead == "another":
            sso.save_candidate(ctx, sso.Provider(other.issuer, other.sso_url, [other.key.certificate]), sso.Choices())
        else:
            waiting = sso.candidate(ctx)
            assert waiting
            sso.discard(ctx, waiting)
    assert page.open(shown).notice.startswith("The connection that you wanted to authorize was replaced, discarded or made active")
    away = browser.post(idp.response(Says(name_id="grace@acme.example", request_id=request_id)))
    assert page.open(away.location).path == PAGE
    assert page.notice.startswith("The connection that you wanted to authorize was replaced")
    assert place.active() == []


def test_nobody_without_the_right_is_asked(place, idp):
    place.saves(idp)
    pages = PageClient(site.client(place.app, "acme"))
    assert pages.open(ASKS).path == "/sign-in"
    factories.sign_in(place.app, pages.client, place.cast.mary)
    assert pages.client.get(ASKS).status_code == 403


def test_as_shipped_authorize_sends_to_the_identity_provider_at_once(app, cast, at, idp):
    page = at("acme", cast.grace).open(PAGE).submit("Save & authorize", {"Metadata file": xml_file(idp.metadata())})
    form = page.page.xpath("//form[.//button[normalize-space(.)='Authorize']]")[0]
    path = f"{form.get('action')}?connection={form.fields['connection']}"
    assert path.startswith("/sso/authorize?")
    refused = browser_of(page, idp).sign_in(Says(name_id="alan@acme.example"), path=path)
    assert refused.location == f"{PAGE}#candidate"
