"""The workspace finder on the bare domain: "Enter your workspace subdomain"."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from portal.domain import workspaces
from portal.extensions import db
from portal.web.guards import public
from portal.web.headers import allow_form_action
from portal.web.limits import guesses
from portal.web.tenancy import BARE, typed_slug, workspace_url

blueprint = Blueprint("finder", __name__)


class FinderForm(FlaskForm):
    """The subdomain, with or without the rest of the address."""

    workspace = StringField(
        "Workspace subdomain",
        validators=[InputRequired("Enter your workspace subdomain.")],
    )

    def slug(self) -> str:
        """What was typed, reduced to the subdomain."""
        return typed_slug(self.workspace.data or "")


@blueprint.get("/workspaces")
@public(BARE)
def finder() -> str:
    """Asks for the subdomain."""
    return page(FinderForm())


@blueprint.post("/workspaces")
@public(BARE)
@guesses("30 per minute", 422)
def find() -> Any:
    """Leads to the workspace, or says that there is none."""
    form = FinderForm()
    found = workspaces.find(db.session(), form.slug()) if form.validate_on_submit() else None
    if found is not None:
        return redirect(workspace_url(found, "/"), 303)
    if not form.errors:
        form.workspace.errors = [f"There is no workspace “{form.slug()[:63]}”. Check the address you use to sign in."]
    return page(form), 422


def page(form: FinderForm) -> str:
    """The finder; its form leads to another host."""
    scheme, netloc = current_app.config["SETTINGS"].base_url.split("://")
    allow_form_action(f"{scheme}://*.{netloc}")
    return render_template("finder.html", form=form, action="/workspaces")
