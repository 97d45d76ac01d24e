"""Security headers on every answer."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, Response, g

from portal.web.proxies import the_app, the_g, the_request

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
)

KEPT = "public, max-age=31536000, immutable"
"""For static files, whose addresses carry their fingerprint: another content has another address."""

# Okta opens consent in a popup and hears of its end through `window.opener`: a page on the way, or a redirect, that isolated itself
# would cut that for good. Everything else is isolated.
_IN_POPUPS = frozenset({"oauth", "oauth_consent", "sign_in", "saml", "recovery"})


def init_app(app: Flask) -> None:
    """Adds the headers after each request."""
    app.after_request(_add)


def allow_form_action(*origins: str) -> None:
    """Lets this page's forms lead to further origins: browsers check redirects after a form, too."""
    g.form_action = ("'self'", *origins)


def _add(response: Response) -> Response:
    """Adds what is not there yet; `Headers.setdefault` would walk through all that is there for each."""
    asked, there = the_request(), {name.lower() for name, _ in response.headers}
    kept = asked.endpoint == "static" and response.status_code < 400
    if kept and "v" in asked.args and response.status_code in (200, 206, 304):
        response.headers["Cache-Control"] = KEPT
    secret = asked.path.startswith(("/oauth2", "/set-password", "/sso/", "/recover/"))
    usual = _usual(
        the_g().get("form_action", ("'self'",)),
        "no-referrer" if secret else "same-origin",
        "unsafe-none" if asked.blueprint in _IN_POPUPS else "same-origin",
        not kept,
        the_app().config["SETTINGS"].https,
    )
    for folded, name, value in usual:
        if folded not in there:
            response.headers.add(name, value)
    return response


@lru_cache(100)
def _usual(form_action: tuple[str, ...], referrer: str, opener: str, fresh: bool, https: bool) -> list[tuple[str, str, str]]:
    headers = [
        ("Content-Security-Policy", POLICY.format(form_action=" ".join(form_action))),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", referrer),
        ("X-Frame-Options", "DENY"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
        ("Cross-Origin-Opener-Policy", opener),
    ]
    if fresh:
        headers.append(("Cache-Control", "no-store"))
    if https:
        headers.append(("Strict-Transport-Security", "max-age=63072000; includeSubDomains"))
    return [(name.lower(), name, value) for name, value in headers]
