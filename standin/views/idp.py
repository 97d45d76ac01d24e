"""The IdP's public addresses: metadata, sign-on, sign-out."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from standin import logout, sso
from standin.apps import App
from standin.metadata import metadata
from standin.people import Invalid
from standin.waiting import AuthnRequest
from standin.web import Answer, org, send_on, signed_in

pages = Blueprint("idp", __name__)


@pages.get("/app/<key>/sso/saml/metadata")
def show_metadata(key: str) -> Response:
    """IdP metadata, for everybody."""
    app = org().app_by_key(key) or abort(404)
    return Response(metadata(org(), app), mimetype="application/xml")


@pages.route("/app/<name>/<key>/sso/saml", methods=["GET", "POST"])
def sign_on(name: str, key: str) -> Answer:
    """Takes an AuthnRequest by Redirect or POST; without one the IdP begins."""
    app = _find(name, key)
    value = request.values.get("SAMLRequest")
    relay_state = request.values.get("RelayState")
    if value:
        asked = sso.read_request(org(), app, value, relay_state, deflated=request.method == "GET")
    else:
        asked = AuthnRequest(relay_state=relay_state)
    waiting = org().waiting.put(app.id, asked)
    return redirect(url_for("idp.go_on", name=name, key=key, request_key=waiting), 303)


@pages.get("/app/<name>/<key>/sso/saml/<request_key>")
def go_on(name: str, key: str, request_key: str) -> Answer:
    """Answers a waiting request, after a sign-in when there is none.

    It is a page of its own because a browser sends no cookie along with another site's POST.
    """
    app = _find(name, key)
    here, asked = signed_in(), org().waiting.find(app.id, request_key)
    if asked is None:
        raise Invalid("This sign-on was answered already or is too old. Begin again at the app.")
    if here is None or here.at < asked.fresh_after:
        return redirect(url_for("sign_in.show", next=request.path), 303)
    org().waiting.take(request_key)
    with org().writing():
        try:
            fields = sso.answer(org(), app, here, asked)
        except sso.NotAssigned:
            text = f"User is not assigned to this application. Ask an admin to assign you to {app.label}."
            return render_template("message.html", title="Access denied", text=text), 403
    return render_template("post.html", url=app.sign_on.acs_url, fields=fields, title=f"Signing in to {app.label}")


@pages.route("/app/<name>/<key>/slo/saml", methods=["GET", "POST"])
def sign_out(name: str, key: str) -> Answer:
    """Takes a signed LogoutRequest, ends the session and answers."""
    app = _find(name, key)
    value = request.values.get("SAMLRequest", "")
    raw = request.query_string.decode("ascii", "replace") if request.method == "GET" else ""
    asked = logout.read_request(app, value, raw)
    logout.sign_out(org(), app, asked)
    onward = logout.response_onward(org(), app, asked, request.values.get("RelayState"))
    return send_on(onward, f"Signed out of {app.label}")


@pages.route("/app/<name>/<key>/slo/saml/callback", methods=["GET", "POST"])
def signed_out(name: str, key: str) -> Answer:
    """Where an app's LogoutResponse comes back to."""
    app = _find(name, key)
    text = f"You are signed out here and of {app.label}."
    return render_template("message.html", title="Signed out", text=text)


def _find(name: str, key: str) -> App:
    app = org().app_by_key(key)
    if app is None or app.name != name:
        abort(404)
    return app
