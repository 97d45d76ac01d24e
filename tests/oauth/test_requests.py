"""Authorize requests that are wrong: an error page while the redirect URI is not believed, the callback afterwards."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

from sqlalchemy import select

from portal.extensions import db
from portal.models import AuthorizationRequest, OAuthClient
from portal.web.tenancy import now
from tests.oauth import flow
from tests.support import site

CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).decode().rstrip("=")


def nothing_kept(app) -> bool:
    with app.app_context():
        return db.session.scalars(select(AuthorizationRequest)).all() == []


def ask(app, query):
    return site.client(app, "app").get("/oauth2/authorize", query_string=query)


def refused(app, query) -> str:
    """The text of the error page; there must be no way from it to anywhere."""
    response = ask(app, query)
    assert response.status_code == 400
    assert "Location" not in response.headers
    assert "http-equiv" not in response.text
    assert nothing_kept(app)
    return response.text


def test_unknown_client_gets_a_page(app):
    client = flow.catalog(app)
    for client_id in (None, "", "unknown", "a\0b", "\ud800".encode("utf-8", "surrogatepass"), "x" * 3000, "é"):
        refused(app, flow.query(client, client_id=client_id))


CALLBACK = "https://system-admin.okta.com/admin/app/cpc/acme_portal/oauth/callback"


UNLISTED = [
    None,
    "",
    CALLBACK + "/",
    CALLBACK + "?x=1",
    CALLBACK + "#x",
    CALLBACK + " ",
    CALLBACK.upper(),
    CALLBACK.replace("https", "http"),
    CALLBACK.replace("okta.com", "okta.com:443"),
    CALLBACK.replace("okta.com", "okta.com.evil.example"),
    CALLBACK.replace("system-admin", "user@system-admin"),
    CALLBACK.replace("acme_portal", "other_app"),
    CALLBACK.replace("/oauth/", "/oauth/../oauth/"),
    CALLBACK.replace("acme_portal", "acme%5Fportal"),
    "https://evil.example/",
    "//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    CALLBACK + "\r\nX: 1",
    CALLBACK + "\0",
    "https://evil.example/" + "x" * 3000,
]


def test_c21902_unlisted_redirect_uri_never_redirects(app):
    client = flow.catalog(app)
    assert client.callback == CALLBACK
    for uri in UNLISTED:
        refused(app, flow.query(client, redirect_uri=uri))


def test_page_for_an_unlisted_redirect_uri_names_it_without_believing_it(app):
    client = flow.catalog(app)
    text = refused(app, flow.query(client, redirect_uri="https://evil.example/<script>alert(1)</script>"))
    assert "<script>alert(1)" not in text
    assert "https://evil.example/&lt;script&gt;" in text
    assert 'href="https://evil' not in text


def test_all_five_callbacks_are_good(app, cast):
    client = flow.catalog(app)
    with app.app_context():
        listed = db.session.scalars(select(OAuthClient.redirect_uris)).one()
    assert len(listed) == 5
    for uri in listed:
        flow.begun(app, client, redirect_uri=uri)


def test_removed_client_is_unknown(app):
    client = flow.catalog(app)
    with app.app_context():
        db.session.get_one(OAuthClient, client.row_id).revoked_at = now()
        db.session.commit()
    refused(app, flow.query(client))


def test_doubled_parameter_that_decides_where_to_go_gets_a_page(app):
    client = flow.catalog(app)
    values = flow.query(client)
    for name in ("client_id", "redirect_uri", "state"):
        refused(app, [*values.items(), (name, values[name])])


def test_array_parameters_are_no_parameters(app):
    client = flow.catalog(app)
    refused(app, {f"{name}[]": value for name, value in flow.query(client).items()})


def test_a_thousand_parameters_get_a_page(app):
    client = flow.catalog(app)
    refused(app, [*flow.query(client).items(), *((f"x{n}", "1") for n in range(1000))])


def test_state_that_is_too_long_gets_a_page(app):
    client = flow.catalog(app)
    for size in (4097, 100_000):
        assert "too long" in refused(app, flow.query(client, state="x" * size))


SENT_BACK: list[tuple[dict[str, Any], str]] = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": ""}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code token"}, "unsupported_response_type"),
    ({"response_type": ["code", "code"]}, "invalid_request"),
    ({"scope": "everything"}, "invalid_scope"),
    ({"scope": "scim:users:read admin"}, "invalid_scope"),
    ({"scope": "SCIM:USERS:READ"}, "invalid_scope"),
    ({"scope": "scim:users:read,scim:users:write"}, "invalid_scope"),
    ({"scope": "a\0b"}, "invalid_scope"),
    ({"scope": ["scim:users:read", "scim:users:write"]}, "invalid_request"),
    ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": CHALLENGE}, "invalid_request"),
    ({"code_challenge_method": "S256"}, "invalid_request"),
    ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ({"code_challenge": CHALLENGE + "=", "code_challenge_method": "S256"}, "invalid_request"),
    ({"code_challenge": "\0" * 43, "code_challenge_method": "S256"}, "invalid_request"),
    ({"code_challenge": [CHALLENGE, CHALLENGE], "code_challenge_method": "S256"}, "invalid_request"),
    ({"code_challenge": CHALLENGE, "code_challenge_method": ["S256", "S256"]}, "invalid_request"),
]


def test_other_errors_go_back_to_the_client(app):
    client = flow.catalog(app)
    for changes, error in SENT_BACK:
        response = ask(app, flow.query(client, **changes))
        assert response.location.startswith(CALLBACK + "?"), changes
        back = flow.returned(response)
        assert (back["error"], back["state"], back["iss"]) == (error, flow.STATE, "http://app.portal.localhost:5000"), changes
        assert set(back) == {"error", "error_description", "state", "iss"}
    assert nothing_kept(app)


def test_error_without_state_goes_back_without_one(app):
    client = flow.catalog(app)
    assert set(flow.returned(ask(app, flow.query(client, state=None, scope="x")))) == {"error", "error_description", "iss"}


STATES = [
    b"plain",
    b"a b+c&d=e#f%20/?;:@",
    bytes(range(256)),
    b"\xff\xfe\x00",
    "ünï ☃".encode(),
    b"\r\nSet-Cookie: a=b",
    b'"><script>alert(1)</script>',
    b"x" * 4096,
    b'{"k":[1,2]}',
    b"%41%zz",
]


def test_state_comes_back_unchanged_whatever_it_is(app, at, cast):
    client, browser = flow.catalog(app), at("acme", cast.grace)
    base = "&".join(f"{name}={quote(value, safe='')}" for name, value in flow.query(client, state=None).items())
    for state in STATES:
        pages = at("app").open(f"/oauth2/authorize?{base}&state={quote(state, safe='')}")
        browser.open(flow.chosen(app, pages, "acme")).submit("Authorize", status=303)
        [found] = [part for part in urlsplit(browser.response.location).query.split("&") if part.startswith("state=")]
        assert unquote_to_bytes(found.removeprefix("state=")) == state
        assert "\n" not in browser.response.location
        # An error carries it in the same way.
        response = ask(app, f"{base}&scope=x&state={quote(state, safe='')}")
        assert f"&{found}&" in response.location


def test_garbage_is_never_an_error_of_ours(app):
    for raw in ("%ff%fe", "%00", "%", "%zz", "&&&==&", "client_id=%ff", "a" * 2000, "client_id[]=1", ";", "%F0%28%8C%28"):
        assert ask(app, raw).status_code == 400, raw


def test_only_get_and_only_on_the_bare_hosts(app, cast):
    client = flow.catalog(app)
    assert site.client(app, "app").post("/oauth2/authorize", data=flow.query(client)).status_code in (400, 405)
    for subdomain in ("acme", "api"):
        assert site.client(app, subdomain).get("/oauth2/authorize", query_string=flow.query(client)).status_code == 404


def test_callback_with_a_query_of_its_own_keeps_it(app, at, cast):
    client = flow.catalog(app, redirect_uris=["https://okta.example/back?tenant=1"])
    pages = at("acme", cast.grace).open(flow.begin(app, client, redirect_uri="https://okta.example/back?tenant=1"))
    pages.submit("Authorize", status=303)
    assert pages.response.location.startswith("https://okta.example/back?tenant=1&code=")
    assert flow.returned(pages.response)["tenant"] == "1"


def test_browsers_that_hammer_are_slowed_down(app):
    client = flow.catalog(app)
    statuses = [ask(app, flow.query(client)).status_code for _ in range(302)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
