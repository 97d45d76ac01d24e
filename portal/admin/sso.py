"""SSO and SCIM: the page that leads through connecting Okta, in order."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, jsonify, redirect, render_template, request, url_for

from portal.admin import integrations, match_report, sso_connections, sso_rules
from portal.admin.sso_forms import ConnectionForm
from portal.admin.sso_steps import steps
from portal.domain import keys, provisioning, recovery, sso, sso_attempts, tokens, workspaces
from portal.domain.errors import Invalid, Unavailable
from portal.domain.permissions import Permission
from portal.models import Connection, RefusedSignIn
from portal.web import mailer, service_provider
from portal.web.addresses import scim_base_urls
from portal.web.guards import needs
from portal.web.headers import allow_form_action

blueprint = Blueprint("sso", __name__)
blueprint.register_blueprint(sso_connections.blueprint)
blueprint.register_blueprint(sso_rules.blueprint)
blueprint.register_blueprint(match_report.blueprint)


@blueprint.get("/settings/sso")
@needs(Permission.MANAGE_SSO)
def index() -> str:
    """Everything about the workspace's connection to Okta."""
    return page(ConnectionForm())


@blueprint.post("/settings/sso")
@needs(Permission.MANAGE_SSO)
def save() -> Any:
    """Stores a connection as candidate."""
    form = ConnectionForm()
    try:
        sso.require_allowed(g.ctx)
        provider = form.provider()
        sso.save_candidate(g.ctx, provider, form.choices())
        keys.ensure(g.ctx, current_app.config["VAULT"])
    except Invalid as error:
        form.blame(error)
        return page(form), 422
    flash("The connection is saved. Authorize it: it counts once you have signed in through it.", "success")
    return redirect(url_for("sso.index", _anchor="step-sign-in"), 303)


@blueprint.get("/settings/sso/authorize")
@needs(Permission.MANAGE_SSO)
def authorize() -> Any:
    """Asks to sign in through the candidate: what Authorize leads to where the profile says so."""
    candidate = sso.candidate(g.ctx)
    if candidate is None:
        return redirect(url_for("sso.index"), 303)
    return render_template(
        "admin/sso/authorize.html", candidate=candidate, refusal=_refusal(candidate), connections=workspaces.active_connections(g.ctx)
    )


@blueprint.post("/settings/sso/discard")
@needs(Permission.MANAGE_SSO)
def discard() -> Any:
    """Takes a candidate back."""
    candidate = sso.candidate(g.ctx)
    if candidate:
        sso.discard(g.ctx, candidate)
        flash("The new connection is discarded. Nothing else changed.", "success")
    return redirect(url_for("sso.index"), 303)


@blueprint.get("/settings/sso/scim/disable")
@needs(Permission.MANAGE_PROVISIONING)
def ask_disable_scim() -> Any:
    """Says what switching SCIM off does."""
    if not g.workspace.scim_enabled:
        return redirect(url_for("sso.index", _anchor="step-token"), 303)
    return render_template("admin/sso/disable_scim.html")


@blueprint.post("/settings/sso/scim")
@needs(Permission.MANAGE_PROVISIONING)
def switch_scim() -> Any:
    """Switches SCIM off or on; a page asks before either."""
    on = request.form.get("on") == "1"
    try:
        provisioning.switch(g.ctx, on)
    except Unavailable as error:
        flash(error.message, "error")
        return redirect(url_for("sso.index", _anchor="step-token"), 303)
    made = tokens.first(g.ctx, "Okta") if on else None
    if made:
        return integrations.secret_page(*made)
    flash("SCIM is on. Okta can manage members now." if on else "SCIM is off. Members stay as they are and can be edited here.", "success")
    return redirect(url_for("sso.index", _anchor="step-token"), 303)


@blueprint.post("/settings/sso/groups")
@needs(Permission.MANAGE_PROVISIONING)
def switch_groups() -> Any:
    """Switches the management of groups by SCIM on or off, where the profile has such a switch."""
    on = request.form.get("on") == "1"
    provisioning.switch_groups(g.ctx, on or not g.ctx.profile.scim.groups_switch)
    flash(f"Okta {'manages' if on else 'leaves alone'} the {g.ctx.profile.words.groups} of this workspace now.", "success")
    return redirect(url_for("sso.index", _anchor="step-token"), 303)


@blueprint.get("/settings/sso/steps")
@needs(Permission.MANAGE_SSO)
def progress() -> Any:
    """The state of each step, for the page that waits for them."""
    return jsonify(steps={step.key: {"state": step.state, "note": step.note} for step in steps(g.ctx)})


def page(form: ConnectionForm) -> str:
    """The page with a form as it stands."""
    candidate = sso.candidate(g.ctx)
    if candidate is not None:
        # The Authorize button is a form, and browsers apply the form's policy to every redirect after it: an identity provider's own
        # sign-in may lead through hosts that cannot be known here.
        allow_form_action("https:", *(["http:"] if candidate.sso_url.startswith("http:") else []))
    workspace = g.workspace
    return render_template(
        "admin/sso/index.html",
        form=form,
        steps={step.key: step for step in steps(g.ctx)},
        provider=service_provider,
        candidate=candidate,
        refusal=_refusal(candidate),
        connections=[sso_connections.described(item) for item in workspaces.active_connections(g.ctx)],
        sso_allowed=sso.allowed(g.ctx),
        sso_mode=sso.mode(g.ctx),
        may_require=g.session.method == "sso",
        missing=provisioning.missing(g.ctx),
        scim_is_on=workspace.scim_enabled,
        scim_is_paused=provisioning.is_paused(g.ctx),
        mails=mailer.is_on(),
        base_urls=scim_base_urls(workspace),
        keys=[sso_connections.key_facts(key) for key in keys.published(g.ctx)],
        recovery=recovery.state(g.ctx, g.member),
    )


def _refusal(candidate: Connection | None) -> RefusedSignIn | None:
    """Why the last sign-in through a candidate was refused."""
    return next(iter(sso_attempts.refusals(g.ctx, limit=1, connection_id=candidate.id)), None) if candidate else None
