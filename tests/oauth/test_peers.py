"""OAuth clients of other people's making, against the portal behind a real socket."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from requests_oauthlib import OAuth2Session

from tests import factories
from tests.oauth import flow
from tests.pages import PageClient
from tests.support import site
from tests.support.http import LoopbackAdapter


def consent(live, url: str, person: factories.Person) -> str:
    """What an admin does in the popup; returns the address that the browser is sent back to."""
    parts = urlsplit(url)
    pages = PageClient(site.client(live.app, "app")).open(f"{parts.path}?{parts.query}")
    path = flow.chosen(live.app, pages, person.workspace)
    there = flow.signed_in(live.app, person)
    there.open(path).submit("Authorize", status=303)
    return str(there.response.location)


@pytest.fixture(autouse=True)
def plain_http(monkeypatch):
    """The libraries refuse http, which is all that a test server has."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.mark.parametrize("by_header", [True, False])
def test_requests_oauthlib(live, cast, by_header):
    client = flow.catalog(live.app)
    session = OAuth2Session(client.client_id, redirect_uri=client.callback, scope=["scim:users:read"], pkce="S256")
    session.mount("http://", LoopbackAdapter())
    url, state = session.authorization_url(live.url("app", "/oauth2/authorize"))
    back = consent(live, url, cast.grace)
    assert parse_qs(urlsplit(back).query)["state"] == [state]
    # By header it authenticates as oauthlib does when it is given no body credentials.
    how: dict[str, Any] = {"include_client_id": not by_header or None}
    tokens = session.fetch_token(live.url("app", "/oauth2/token"), authorization_response=back, client_secret=client.secret, **how)
    assert tokens["scope"] == ["scim:users:read"]
    renewed = session.refresh_token(live.url("app", "/oauth2/token"), client_id=client.client_id, client_secret=client.secret)
    assert renewed["access_token"] != tokens["access_token"]


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib(live, cast, method):
    client = flow.catalog(live.app)
    session = AuthlibSession(
        client.client_id,
        client.secret,
        redirect_uri=client.callback,
        scope="scim:users:read scim:users:write",
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        code_challenge_method="S256",
    )
    session.mount("http://", LoopbackAdapter())
    verifier = "a-verifier-of-the-test-that-is-long-enough-for-it"
    url, state = session.create_authorization_url(live.url("app", "/oauth2/authorize"), code_verifier=verifier)
    back = consent(live, url, cast.grace)
    endpoint = live.url("app", "/oauth2/token")
    tokens = session.fetch_token(endpoint, authorization_response=back, state=state, code_verifier=verifier)
    assert tokens["token_type"] == "Bearer"
    renewed = session.refresh_token(endpoint, tokens["refresh_token"])
    assert renewed["refresh_token"] != tokens["refresh_token"]
    facts = session.introspect_token(live.url("app", "/oauth2/introspect"), renewed["access_token"]).json()
    assert facts["active"] is True
    assert facts["workspace"] == "acme"
    assert session.revoke_token(live.url("app", "/oauth2/revoke"), renewed["refresh_token"]).status_code == 200
    assert session.introspect_token(live.url("app", "/oauth2/introspect"), renewed["access_token"]).json() == {"active": False}


def test_metadata_is_what_authlib_takes(make_app):
    """Its check wants https, which the addresses of tests have not, so an application with https addresses answers."""
    app = make_app(base_url="https://portal.example")
    facts = site.client(app, "app").get("/.well-known/oauth-authorization-server").get_json()
    assert facts["issuer"] == "https://app.portal.example"
    AuthorizationServerMetadata(facts).validate()
