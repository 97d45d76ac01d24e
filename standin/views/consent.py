"""Authenticate with the product: out to its consent page, and Okta's callback."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from standin import oauth
from standin.apps import App
from standin.people import Invalid
from standin.remote import RemoteError
from standin.web import Answer, back_to, org

pages = Blueprint("consent", __name__)


def start(app: App) -> Response:
    """Sends the browser to the authorize endpoint; raises Invalid without a client id."""
    if not oauth.client_of(org(), app)[0]:
        raise Invalid("There is no client id. Enter one, or start the stand-in with --client-id and --client-secret.")
    url, state = oauth.begin(org(), app)
    org().consents[state] = app.id
    return redirect(url, 303)


@pages.get("/admin/app/cpc/<name>/oauth/callback")
def callback(name: str) -> Answer:
    """Takes the code, redeems it and waits for Save."""
    app = org().state.apps.get(org().consents.pop(request.args.get("state", ""), ""))
    if app is None or app.name != name:
        text = "The state of this callback is unknown or was used already. Begin again on the Provisioning tab."
        return render_template("message.html", title="The callback was refused", text=text), 400
    if "code" not in request.args:
        told = request.args.get("error_description") or request.args.get("error") or "no code came back"
        return back_to(app, "provisioning", error=f"{app.label} did not authorize: {told.rstrip('.')}.")
    with org().writing():
        try:
            app.integration.new_grant = oauth.redeem(org(), app, request.args["code"])
        except RemoteError as error:
            return back_to(app, "provisioning", error=f"{app.label} did not give a token: {error}")
    return back_to(app, "provisioning", f"{app.label} was authenticated. Save to keep it.")
