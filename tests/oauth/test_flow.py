"""Authenticate with the product: from Okta's button to tokens."""

from __future__ import annotations

from portal.domain import tokens as domain
from portal.extensions import db
from portal.web.tenancy import now
from tests.oauth import flow


def test_from_the_button_to_tokens(app, at, cast):
    client = flow.catalog(app)
    path = flow.begin(app, client)
    pages = at("acme").open(path)
    assert pages.heading == "Sign in to Acme"
    pages.submit("Sign in", {"Email": "grace@acme.example", "Password": "a password of the cast"})
    assert pages.heading == "Okta asks for access to Acme"
    assert "Add, change, deactivate and reactivate members." in pages.text
    assert "You are signed in as Grace Hopper (grace@acme.example)." in pages.text
    pages.submit("Authorize", status=303)
    back = flow.returned(pages.response)
    assert pages.response.location.startswith(client.callback + "?")
    assert back["state"] == flow.STATE
    assert back["iss"] == "http://app.portal.localhost:5000"

    response = flow.redeem(app, client, back["code"])
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    issued = response.get_json()
    assert sorted(issued) == ["access_token", "expires_in", "refresh_token", "scope", "token_type"]
    assert issued["token_type"] == "Bearer"
    assert issued["expires_in"] == 3600
    assert issued["scope"] == "scim:users:read scim:users:write scim:groups:read scim:groups:write"
    with app.app_context():
        opened = domain.open_with(db.session(), issued["access_token"], now(), None)
        assert opened.workspace.slug == "acme"
        assert opened.consent is not None
