"""Active connections and the workspace's own certificates."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for

from portal.admin.sso_forms import fetched
from portal.domain import certificates, keys, sso
from portal.domain.errors import Invalid, NotFound, Unavailable
from portal.domain.permissions import Permission
from portal.models import Connection, SamlKey
from portal.web.guards import needs
from portal.web.identity_providers import read_metadata

blueprint = Blueprint("connections", __name__)
WARN_DAYS = 60


def described(connection: Connection) -> dict[str, Any]:
    """A connection for the page: itself, and its certificates with their end and days left."""
    return {"row": connection, "certificates": [_certificate(pem) for pem in connection.certificates]}


def key_facts(key: SamlKey) -> dict[str, Any]:
    """One of the workspace's own keys for the page."""
    return {"id": key.id, "pem": key.certificate, **_certificate(key.certificate)}


def _certificate(pem: str) -> dict[str, Any]:
    left = certificates.days_left(pem, g.ctx.now)
    return {"fingerprint": certificates.fingerprint(pem), "ends": certificates.ends(pem), "days": left, "warn": left <= WARN_DAYS}


@blueprint.post("/settings/sso/connections/<connection_id>/refetch")
@needs(Permission.MANAGE_SSO)
def refetch(connection_id: str) -> Any:
    """Reads the metadata again and takes over certificates and addresses."""
    connection = _active(connection_id)
    try:
        provider = read_metadata(fetched(connection.metadata_url or ""), g.ctx.now)
        changed = sso.refresh(g.ctx, connection, provider)
    except Invalid as error:
        flash(f"{connection.name} stays as it is. {error.message}", "error")
        return redirect(url_for("sso.index", _anchor="connections"), 303)
    connection.refetched_at = g.ctx.now
    flash(f"{connection.name} has {'new' if changed else 'the same'} certificates and addresses.", "success")
    return redirect(url_for("sso.index", _anchor="connections"), 303)


@blueprint.post("/settings/sso/connections/<connection_id>/options")
@needs(Permission.MANAGE_SSO)
def change(connection_id: str) -> Any:
    """Changes what the connection allows."""
    connection = _active(connection_id)
    sso.set_options(
        g.ctx,
        connection,
        allow_idp_initiated="allow_idp_initiated" in request.form,
        allow_sha1="allow_sha1" in request.form,
        sign_requests="sign_requests" in request.form,
    )
    flash(f"{connection.name} is changed.", "success")
    return redirect(url_for("sso.index", _anchor="connections"), 303)


@blueprint.get("/settings/sso/connections/<connection_id>/disconnect")
@needs(Permission.MANAGE_SSO)
def ask_disconnect(connection_id: str) -> str:
    """Says what disconnecting does."""
    return render_template("admin/sso/disconnect.html", connection=_active(connection_id))


@blueprint.post("/settings/sso/connections/<connection_id>/disconnect")
@needs(Permission.MANAGE_SSO)
def disconnect(connection_id: str) -> Any:
    """Ends the connection."""
    connection = _active(connection_id)
    try:
        sso.retire(g.ctx, connection)
    except Unavailable as error:
        flash(error.message, "error")
    else:
        flash(f"{connection.name} is disconnected.", "success")
    return redirect(url_for("sso.index"), 303)


@blueprint.get("/settings/sso/certificates/<key_id>.cert")
@needs(Permission.MANAGE_SSO)
def download(key_id: str) -> Response:
    """One of the workspace's own certificates as a file for Okta."""
    for key in keys.published(g.ctx):
        if key.id == key_id:
            name = f"{g.workspace.slug}-saml.cert"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return Response(key.certificate, content_type="application/x-pem-file", headers=headers)
    raise NotFound("There is no such certificate.")


@blueprint.post("/settings/sso/certificates")
@needs(Permission.MANAGE_SSO)
def rotate() -> Any:
    """Makes a new certificate, which waits until it is used."""
    return _change_key(lambda: keys.rotate(g.ctx, current_app.config["VAULT"]), "A new certificate waits. Put it into Okta, then use it.")


@blueprint.post("/settings/sso/certificates/use")
@needs(Permission.MANAGE_SSO)
def use() -> Any:
    """Signs with the certificate that waits."""
    return _change_key(lambda: keys.switch(g.ctx), "The new certificate is in use. The old one still opens assertions for a week.")


def _change_key(verb: Any, done: str) -> Any:
    try:
        verb()
    except Unavailable as error:
        flash(error.message, "error")
    else:
        flash(done, "success")
    return redirect(url_for("sso.index", _anchor="certificates"), 303)


def _active(connection_id: str) -> Connection:
    connection = sso.get(g.ctx, connection_id)
    if connection.state != "active":
        raise NotFound("There is no such connection.")
    return connection
