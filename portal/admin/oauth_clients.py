"""OAuth clients of the workspace: what a custom Okta app needs to authenticate with the product."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from portal.domain import clients
from portal.domain.errors import Invalid, Stale, Taken
from portal.domain.permissions import Permission
from portal.models import OAuthClient
from portal.web.addresses import oauth_url
from portal.web.guards import needs

blueprint = Blueprint("clients", __name__, url_prefix="/integrations/clients")


class ClientForm(FlaskForm):
    """A client for a custom Okta app; `once` keeps a reload from registering a second one."""

    once = HiddenField(default=lambda: uuid4().hex)
    name = StringField("Name", validators=[InputRequired("Enter a name: the consent page shows who asks.")])
    okta_app = StringField("Okta app name", validators=[InputRequired("Enter the app's name in Okta, like acme_portal_1.")])


@blueprint.get("/new")
@needs(Permission.MANAGE_PROVISIONING)
def new() -> str:
    """Asks for the Okta app's name."""
    return render_template("admin/integrations/client_new.html", form=ClientForm())


@blueprint.post("/new")
@needs(Permission.MANAGE_PROVISIONING)
def register() -> Any:
    """Registers the client and shows its secret, this one time."""
    form = ClientForm()
    try:
        if form.validate_on_submit():
            once = (form.once.data or "")[:100]
            return _show(*clients.register(g.ctx, name=form.name.data or "", okta_app=form.okta_app.data or "", once=once))
    except Taken as error:
        flash(error.message, "info")
        return redirect(url_for("integrations.index"), 303)
    except Invalid as error:
        form[error.field if error.field in form else "name"].errors = [error.message]
    return render_template("admin/integrations/client_new.html", form=form), 422


@blueprint.get("/<uuid:client_id>")
@needs(Permission.MANAGE_PROVISIONING)
def show(client_id: UUID) -> str:
    """What to copy into Okta, without the secret."""
    return _show(_client(client_id))


@blueprint.get("/<uuid:client_id>/reset-secret")
@needs(Permission.MANAGE_PROVISIONING)
def ask_reset(client_id: UUID) -> str:
    """Says what a new secret does."""
    client = _client(client_id)
    return render_template("admin/integrations/client_reset.html", client=client, version=clients.version(client))


@blueprint.post("/<uuid:client_id>/reset-secret")
@needs(Permission.MANAGE_PROVISIONING)
def reset(client_id: UUID) -> Any:
    """Replaces the secret and shows the new one, this one time."""
    client = _client(client_id)
    try:
        return _show(client, clients.reset_secret(g.ctx, client, request.form.get("of", "")))
    except Stale as error:
        flash(error.message, "info")
        return redirect(url_for("integrations.clients.show", client_id=client.id), 303)


@blueprint.get("/<uuid:client_id>/remove")
@needs(Permission.MANAGE_PROVISIONING)
def ask_remove(client_id: UUID) -> str:
    """Says what removing ends."""
    return render_template("admin/integrations/client_remove.html", client=_client(client_id))


@blueprint.post("/<uuid:client_id>/remove")
@needs(Permission.MANAGE_PROVISIONING)
def remove(client_id: UUID) -> Any:
    """Removes the client and ends its connection."""
    client = _client(client_id)
    clients.remove(g.ctx, client)
    flash(f"The OAuth client “{client.name}” is removed.", "success")
    return redirect(url_for("integrations.index"), 303)


def _client(client_id: UUID) -> OAuthClient:
    return clients.get_own(g.ctx, str(client_id))


def _show(client: OAuthClient, secret: str = "") -> str:
    return render_template(
        "admin/integrations/client.html",
        client=client,
        secret=secret,
        authorize_url=oauth_url("/oauth2/authorize"),
        token_url=oauth_url("/oauth2/token"),
    )
