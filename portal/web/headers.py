"""Security headers on every answer."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request

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
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy",
        POLICY.format(form_action=" ".join(g.get("form_action", ("'self'",)))),
    )
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault(
        "Referrer-Policy",
        "no-referrer" if request.path.startswith(("/oauth2", "/set-password", "/sso/", "/recover/")) else "same-origin",
    )
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
    headers.setdefault(
        "Cross-Origin-Opener-Policy",
        "unsafe-none" if request.blueprint in _IN_POPUPS else "same-origin",
    )
    if request.endpoint == "static" and response.status_code < 400:
        if "v" in request.args and response.status_code in (200, 206, 304):
            headers["Cache-Control"] = KEPT
    elif "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    if current_app.config["SETTINGS"].https:
        headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    return response
