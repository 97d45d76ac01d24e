"""SAML's addresses in a workspace: start, authorize, ACS, finish, our metadata."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for

from portal.domain import certificates, keys, sso, sso_attempts, workspaces
from portal.domain.permissions import Permission
from portal.domain.refusals import reason
from portal.extensions import db, limiter, writable
from portal.saml import browser, finishing, messages, refetch, starting
from portal.saml.arrival import Arrival
from portal.saml.refused import Refused
from portal.vault import digest
from portal.web import service_provider
from portal.web.guards import local_path, needs, public
from portal.web.tenancy import WORKSPACE, client_ip
from portal.web.transactions import after_refusal

blueprint = Blueprint("saml", __name__)


@blueprint.get("/sso/start")
@public(WORKSPACE)
@limiter.limit("600 per minute", key_func=client_ip)
def start() -> Any:
    """Sends the visitor to the identity provider; asks which one where two are active."""
    active = workspaces.active_connections(g.ctx)
    chosen = [item for item in active if item.id == request.args.get("connection")] or active
    target = local_path(request.args.get("next"))
    if sso.mode(g.ctx) == "off" or not chosen:
        code = "plan" if not sso.allowed(g.ctx) else "connection-missing" if not active else "sso-off"
        return _page(Refused(code)), 403
    if len(chosen) > 1:
        return render_template("sso/choose.html", connections=chosen, target=target)
    writable()
    return redirect(starting.send(chosen[0], "sign-in", target), 303)


@blueprint.get("/sso/authorize")
@needs(Permission.MANAGE_SSO)
def authorize() -> Any:
    """Sends the admin through the candidate connection; `connection` names the one that the page showed."""
    candidate = sso.candidate(g.ctx)
    shown = request.args.get("connection")
    if candidate is None or shown not in (None, candidate.id):
        flash(
            "The connection that you wanted to authorize was replaced, discarded or made active meanwhile. This is how it stands now.",
            "warning",
        )
        return redirect(url_for("sso.index", _anchor="candidate"), 303)
    writable()
    return redirect(starting.send(candidate, "authorize", "/"), 303)


@public(WORKSPACE)
@limiter.limit("600 per minute", key_func=client_ip)
def acs() -> Any:
    """Takes a response; the POST comes from another site and carries no cookie, so the session begins one redirect later."""
    arrival = Arrival(
        g.ctx, service_provider.acs_url(g.workspace), service_provider.entity_id(g.workspace), request.form.get("RelayState", "")[:2048]
    )
    try:
        ticket = arrival.admit(
            request.form.get("SAMLResponse", ""),
            current_app.config["VAULT"],
            lambda: digest(browser.secret(browser.ARRIVED)),
            lambda connection: refetch.renewed(g.ctx, connection, current_app.config["SETTINGS"]),
        )
    except Refused as error:
        return _refuse(error, arrival)
    return redirect(url_for("saml.finish", ticket=ticket), 303)


@blueprint.get("/sso/finish")
@public(WORKSPACE)
@limiter.limit("600 per minute", key_func=client_ip)
def finish() -> Any:
    """Signs this browser in with its ticket."""
    writable()
    ticket = None
    try:
        ticket = finishing.redeem(request.args.get("ticket", "")[:200])
        return redirect(finishing.finish(ticket), 303)
    except Refused as error:
        return _refuse(error, ticket)


@blueprint.get("/sso/metadata")
@public(WORKSPACE)
def metadata() -> Response:
    """Our metadata as service provider."""
    if not keys.published(g.ctx):
        writable()
        keys.ensure(g.ctx, current_app.config["VAULT"])
    content = messages.sp_metadata(
        entity_id=service_provider.entity_id(g.workspace),
        acs_url=service_provider.acs_url(g.workspace),
        slo_url=service_provider.slo_url(g.workspace),
        name_id_format=g.ctx.profile.saml.name_id_format,
        certificates=[certificates.bare(key.certificate) for key in keys.published(g.ctx)],
    )
    return Response(content, content_type="application/samlmetadata+xml")


def _refuse(error: Refused, about: Any) -> Any:
    """Records a refusal; the admin who tries a candidate reads it where the try began, everybody else on a page of its own."""
    connection = getattr(about, "connection", None)
    connection_id = connection.id if connection else getattr(about, "connection_id", None)
    subject = getattr(about, "subject", "") or error.said
    authorizing = getattr(about, "authorizing", getattr(about, "purpose", "") == "authorize")

    def write() -> None:
        sso_attempts.note_refusal(g.ctx, error.code, error.details, connection_id=connection_id, subject=subject)

    if not authorizing:
        after_refusal(write)
        return _page(error), 400 if reason(error.code).malformed else 403
    db.session.rollback()
    write()
    now = sso.candidate(g.ctx)
    if now is None or now.id != connection_id:
        return redirect(url_for("saml.authorize", connection=connection_id), 303)  # where a notice can be given: this POST has no cookies
    return redirect(url_for("sso.authorize") if g.ctx.profile.saml.ask_to_sign_in else url_for("sso.index", _anchor="candidate"), 303)


def _page(error: Refused) -> str:
    return render_template("sso/refused.html", error=error)
