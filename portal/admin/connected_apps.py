"""Connected apps: each consent with who gave it, what it allows and when it was used, and the way to end it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, url_for

from portal.domain import consents, scopes
from portal.domain.permissions import Permission
from portal.web.guards import needs

blueprint = Blueprint("connected_apps", __name__)


@blueprint.get("/connected-apps")
@needs(Permission.MANAGE_PROVISIONING)
def index() -> str:
    """The connected apps, and the connections that ended last."""
    return render_template(
        "admin/connected_apps/index.html",
        apps=consents.connected(g.ctx),
        ended=consents.ended(g.ctx),
        because=consents.ENDED,
        sentences={scope: scopes.sentence(scope, g.ctx.profile) for scope in scopes.ALL},
    )


@blueprint.get("/connected-apps/<uuid:consent_id>/disconnect")
@needs(Permission.MANAGE_PROVISIONING)
def ask_disconnect(consent_id: UUID) -> str:
    """Says what disconnecting ends."""
    consent, client = consents.get(g.ctx, str(consent_id))
    sentences = [scopes.sentence(scope, g.ctx.profile) for scope in consent.scopes]
    return render_template("admin/connected_apps/disconnect.html", consent=consent, client=client, sentences=sentences)


@blueprint.post("/connected-apps/<uuid:consent_id>/disconnect")
@needs(Permission.MANAGE_PROVISIONING)
def disconnect(consent_id: UUID) -> Any:
    """Ends the connection at once."""
    consent, client = consents.get(g.ctx, str(consent_id))
    consents.end(g.ctx, consent, client, "disconnected")
    flash(f"{client.name} is disconnected.", "success")
    return redirect(url_for("connected_apps.index"), 303)
