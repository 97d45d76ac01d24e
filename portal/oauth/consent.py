"""Consent in a workspace: a signed-in member reads who asks for what, and answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for

from portal.domain import consents, provisioning, scopes
from portal.domain.errors import Expired, NotAllowed
from portal.domain.permissions import Permission, permissions_of
from portal.models import AuthorizationRequest, OAuthClient
from portal.oauth import authorize, callback
from portal.web import session
from portal.web.guards import signed_in
from portal.web.headers import allow_form_action

blueprint = Blueprint("oauth_consent", __name__)
blueprint.register_error_handler(Expired, authorize.gone)


@blueprint.get("/oauth2/consent")
@signed_in
def consent() -> Any:
    """Asks, or says why this member cannot authorize."""
    kept, client = _asked()
    consents.require_open(g.ctx, kept, g.member)
    return _page(kept, client)


@blueprint.post("/oauth2/consent")
@signed_in
def decide() -> Any:
    """Takes an explicit answer and goes back to the client with it."""
    kept, client = _asked()
    decision = request.form.get("decision")
    if decision == "deny":
        consents.deny(g.ctx, kept, client)
        answer = {"error": "access_denied", "error_description": "The member denied the request."}
        return callback.send(kept.redirect_uri, kept.state, answer)
    if decision != "allow":
        return _page(kept, client, "Choose Authorize or Deny."), 422
    try:
        code = consents.authorize(g.ctx, kept, client, g.member, request.form.getlist("end"))
    except NotAllowed:
        return _page(kept, client), 403
    return callback.send(kept.redirect_uri, kept.state, {"code": code})


@blueprint.post("/oauth2/switch")
@signed_in
def switch() -> Any:
    """Signs out and asks who else is there; the request waits."""
    back = url_for("oauth_consent.consent", request=request.args.get("request", ""))
    session.finish("signed-out")
    return redirect(url_for("sign_in.sign_in", next=back), 303)


def _asked() -> tuple[AuthorizationRequest, OAuthClient]:
    return consents.asked(g.ctx.session, request.args.get("request", ""), g.ctx.now, g.workspace.id)


def _page(kept: AuthorizationRequest, client: OAuthClient, problem: str = "") -> str:
    allow_form_action(*callback.origins(kept.redirect_uri))
    secret = request.args.get("request", "")
    may = Permission.MANAGE_PROVISIONING in permissions_of(g.member, g.ctx.profile)
    present = consents.present(g.ctx, client) if may else []
    return render_template(
        "oauth/consent.html",
        client=client,
        scopes=[scopes.sentence(scope, g.ctx.profile) for scope in kept.scopes],
        action=url_for("oauth_consent.decide", request=secret),
        switch_action=url_for("oauth_consent.switch", request=secret),
        redirect_host=consents.host_of(kept.redirect_uri),
        may_authorize=may,
        scim_is_on=provisioning.is_on(g.ctx),
        present=present,
        ends=request.form.getlist("end"),
        problem=problem,
    )
