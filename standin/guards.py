"""Who may send what: this machine's names only, forms only from the stand-in itself; one writer at a time."""

from __future__ import annotations

from flask import Flask, g, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from standin.people import Invalid
from standin.web import Answer, org, show_invalid

POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
FOREIGN = {"idp.sign_on", "idp.sign_out", "idp.signed_out"}
"""Endpoints that other sites post to: SAML's POST binding."""


def install(app: Flask) -> None:
    """Puts the guards around every view."""
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.before_request(_begin_writing)
    app.after_request(_harden)
    app.teardown_request(_end_writing)
    app.register_error_handler(Invalid, show_invalid)
    app.register_error_handler(HTTPException, _http_error)


def _check_host() -> Answer | None:
    host = request.host.rsplit(":", 1)[0]
    if host in {"okta.localhost", "localhost", "127.0.0.1", org().config.host}:
        return None
    return _page("Not here", f"The stand-in Okta lives at {org().config.base_url}.", 421)


def _check_origin() -> Answer | None:
    """A form of another site must not steer the admin console, which asks nobody to sign in."""
    origin = request.headers.get("Origin")
    if request.method == "GET" or request.endpoint in FOREIGN or origin in (None, f"{request.scheme}://{request.host}"):
        return None
    return _page("Not from here", "This form was sent from another site. Open the page again and send it from there.", 403)


def _begin_writing() -> None:
    if request.method == "POST" and request.endpoint not in FOREIGN:
        g.writing = org().writing()
        g.writing.__enter__()


def _end_writing(_: BaseException | None) -> None:
    writing = g.pop("writing", None)
    if writing is not None:
        writing.__exit__(None, None, None)


def _harden(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _http_error(error: HTTPException) -> Answer | HTTPException:
    if error.response is not None:
        return error
    return _page(error.name, error.description or "", error.code or 500)


def _page(title: str, text: str, status: int) -> tuple[str, int]:
    return render_template("message.html", title=title, text=text), status
