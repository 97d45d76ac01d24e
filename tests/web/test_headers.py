"""The headers that every answer carries, and what https adds: whatever is asked, found or not."""

from __future__ import annotations

import re

import pytest

from portal.domain import links
from tests import factories
from tests.pages import PageClient
from tests.support import site

pytestmark = pytest.mark.one_database

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
KEPT = {"/brand.css": "public, max-age=3600", "/.well-known/oauth-authorization-server": "public, max-age=3600"}
POLICY = {
    **{name: {"'none'"} for name in ("default-src", "frame-ancestors", "base-uri")},
    **{name: {"'self'"} for name in ("script-src", "style-src", "font-src", "connect-src")},
    "img-src": {"'self'", "data:"},
}
SECRET_PATHS = ("/oauth2", "/set-password", "/sso/", "/recover/")
ODD = ["/no-such-page", "/static/no-such-file", "/static/css/app.css", "/members/not-an-id", "/scim/v2/Users", "/set-password/x",
       "/recover/x", "/oauth2/token", "/users/auth/saml/callback", "/sign-in?next=//evil.example"]  # fmt: skip


def check(answer, path: str, *, https: bool) -> None:
    headers = answer.headers
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS, path
    policy = {name: set(values) for name, *values in (part.split() for part in headers["Content-Security-Policy"].split(";"))}
    form_action = policy.pop("form-action")
    assert policy == POLICY, path
    assert "'self'" in form_action, path
    assert not form_action & {"*", "https:", "http:"}, path
    assert headers["Referrer-Policy"] == ("no-referrer" if path.startswith(SECRET_PATHS) else "same-origin"), path
    assert headers["Cross-Origin-Opener-Policy"] in ("same-origin", "unsafe-none"), path
    if not path.startswith("/static/css"):
        assert headers["Cache-Control"] == (KEPT.get(path, "no-store") if answer.status_code == 200 else "no-store"), path
    assert headers.get("Strict-Transport-Security") == ("max-age=63072000; includeSubDomains" if https else None), path
    for cookie in headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-") == https, path
        assert ("; Secure" in cookie) == https, path
        assert "; HttpOnly" in cookie, path
        assert "SameSite=Lax" in cookie, path
        assert "; Path=/" in cookie, path
        assert "Domain=" not in cookie, path


@pytest.mark.parametrize("base_url", ["http://portal.localhost:5000", "https://portal.example.com"])
def test_every_answer_carries_them(make_app, monkeypatch, base_url):
    app, https = make_app(base_url=base_url), base_url.startswith("https")
    cast = factories.make_cast(app)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    paths = [rule.rule for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in (rule.methods or ())] + ODD
    seen = set()
    for subdomain in ("acme", "app", "api", "nonesuch") if https else ("acme",):
        client = site.client(app, subdomain)
        if subdomain == "acme":
            factories.sign_in(app, client, cast.ada)
        for path in paths if subdomain == "acme" else ODD:
            answer = client.get(path)
            check(answer, path, https=https)
            seen.add(answer.status_code)
    assert {200, 303, 404, 405} <= seen
    check(client.post("/sign-in"), "/sign-in", https=https)
    check(client.get("/members", headers={"Host": "evil.example"}), "/members", https=https)
    monkeypatch.setattr(links, "peek", lambda *_: 1 / 0)
    failed = site.client(app, "acme").get("/set-password/x")
    check(failed, "/set-password/x", https=https)
    assert failed.status_code == 500


def test_the_session_cookie_is_bound_to_its_host_under_https(make_app):
    app = make_app(base_url="https://portal.example.com")
    cast = factories.make_cast(app)
    page = PageClient(site.client(app, "acme")).open("/sign-in")
    page.submit("Sign in", {"Email": cast.ada.user_name, "Password": factories.PASSWORD}, status=303)
    check(page.response, "/sign-in", https=True)
    [cookie] = [item for item in page.response.headers.getlist("Set-Cookie") if item.startswith("__Host-portal-session=wps_")]
    assert re.search(r"Max-Age=604800;", cookie)
