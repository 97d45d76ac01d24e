"""Subsidiaries: the list that a member's subsidiary, also one that Okta sends, must be on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired

from portal.domain import directory
from portal.domain.errors import Invalid, NotFound
from portal.domain.permissions import Permission
from portal.web.guards import needs

blueprint = Blueprint("subsidiaries", __name__)


class SubsidiaryForm(FlaskForm):
    """A subsidiary's name."""

    name = StringField("Name", validators=[DataRequired("Enter a name.")])


@blueprint.get("/subsidiaries")
@needs(Permission.VIEW_MEMBERS)
def index() -> str:
    """The subsidiaries, by name."""
    return _page(SubsidiaryForm())


@blueprint.post("/subsidiaries")
@needs(Permission.MANAGE_MEMBERS)
def add() -> Any:
    """Adds one."""
    form = SubsidiaryForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        added = directory.add_subsidiary(g.ctx, form.name.data or "")
    except Invalid as error:
        form.name.errors = [error.message]
        return _page(form), 422
    flash(f"{added.name} is added.", "success")
    return redirect(url_for("subsidiaries.index"), 303)


def _page(form: SubsidiaryForm) -> str:
    if not g.ctx.profile.features.subsidiaries:
        raise NotFound("This product has no subsidiaries.")
    return render_template("admin/subsidiaries/index.html", form=form, subsidiaries=directory.subsidiaries(g.ctx))
