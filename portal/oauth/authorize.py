"""The authorization endpoint on the bare domain: the request is checked and kept, then the visitor names their workspace."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from portal.config import Settings
from portal.domain import clients, consents, workspaces
from portal.domain.errors import Expired, NotAllowed
from portal.domain.scopes import offered
from portal.extensions import db, limiter, writable
from portal.models import OAuthClient
from portal.oauth import asking, callback
from portal.web.guards import public
from portal.web.headers import allow_form_action
from portal.web.limits import guesses
from portal.web.tenancy import BARE, now, typed_slug, workspace_url

blueprint = Blueprint("oauth", __name__)
START_AGAIN = "Close this window and start again in Okta."


class WorkspaceForm(FlaskForm):
    """The subdomain, with or without the rest of the address."""

    workspace = StringField("Workspace subdomain", validators=[InputRequired("Enter your workspace subdomain.")])


@blueprint.get("/oauth2/authorize")
@public(BARE)
@limiter.limit("300 per minute")
def authorize() -> Any:
    """Keeps a good request and asks for the workspace."""
    try:
        asked = asking.read(
            request.query_string, lambda key: clients.by_client_id(db.session(), key), offered(current_app.config["PROFILE"])
        )
    except asking.SentBack as error:
        answer = {"error": error.error, "error_description": error.description}
        return callback.send(error.asked.redirect_uri, error.asked.state, answer)
    writable()
    secret = consents.ask(
        db.session(),
        asked.client,
        redirect_uri=asked.redirect_uri,
        scopes=asked.scopes,
        state=asked.state,
        code_challenge=asked.code_challenge,
        now=now(),
    )
    return _page(WorkspaceForm(), asked.client, secret)


@blueprint.post("/oauth2/workspace")
@public(BARE)
@guesses("30 per minute", 422)
def choose() -> Any:
    """Leads the request on to the workspace, or says why not."""
    secret = request.args.get("request", "")
    kept, client = consents.asked(db.session(), secret, now())
    form = WorkspaceForm()
    slug = typed_slug(form.workspace.data or "")
    found = workspaces.find(db.session(), slug) if form.validate_on_submit() else None
    if found is not None:
        try:
            consents.choose_workspace(kept, client, found)
            return redirect(workspace_url(found, url_for("oauth_consent.consent", request=secret)), 303)
        except NotAllowed as error:
            form.workspace.errors = [error.message]
    elif not form.errors:
        form.workspace.errors = [f"There is no workspace “{slug[:63]}”. Check the address you use to sign in."]
    return _page(form, client, secret), 422


@blueprint.errorhandler(asking.Unusable)
def unusable(error: asking.Unusable) -> Any:
    """The page for a request that nobody may be redirected by."""
    page = render_template(
        "oauth/error.html",
        title=error.title,
        what_happened=error.what_happened,
        what_to_do="Go back to Okta. If it happens again, check the app's client ID and redirect URIs.",
        error=error.error,
        details=error.details,
        request_id=g.get("request_id", ""),
    )
    return page, 400


@blueprint.errorhandler(Expired)
def gone(error: Expired) -> Any:
    """The page for a request that is past its time, answered or incomplete."""
    page = render_template(
        "oauth/error.html",
        title="This request for access is over",
        what_happened=error.message,
        what_to_do=START_AGAIN,
        error="expired",
        request_id=g.get("request_id", ""),
    )
    return page, 410


def _page(form: WorkspaceForm, client: OAuthClient, secret: str) -> str:
    """The finder; its form leads to another host."""
    settings: Settings = current_app.config["SETTINGS"]
    allow_form_action(settings.url("*", ""))
    return render_template(
        "finder.html",
        form=form,
        action=url_for("oauth.choose", request=secret),
        client=client.name,
        base_domain=settings.base_domain,
    )
