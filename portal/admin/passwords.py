"""One-time links: setting a first or new password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired

from portal.domain import links, sso
from portal.domain import sign_in as domain
from portal.domain.errors import Expired, Invalid
from portal.web import session
from portal.web.guards import public
from portal.web.limits import guesses
from portal.web.tenancy import WORKSPACE

blueprint = Blueprint("passwords", __name__)


class PasswordForm(FlaskForm):
    """A new password."""

    password = PasswordField("New password", validators=[InputRequired("Enter a new password.")])


@blueprint.get("/set-password/<secret>")
@public(WORKSPACE)
@guesses("30 per minute", 410)
def ask(secret: str) -> Any:
    """Asks for the password, or says that the link is of no use any more; looking uses nothing up."""
    try:
        member = links.peek(g.ctx, secret)
    except Expired as error:
        return render_template("one_time_link_invalid.html", reason=error.message), 410
    return _page(PasswordForm(), member)


@blueprint.post("/set-password/<secret>")
@public(WORKSPACE)
@guesses("30 per minute", 410)
def store(secret: str) -> Any:
    """Sets the password, uses the link up and signs the member in."""
    form = PasswordForm()
    try:
        member = links.peek(g.ctx, secret)
        if not form.validate_on_submit():
            return _page(form, member), 422
        member = links.redeem(g.ctx, secret, form.password.data or "")
    except Expired as error:
        return render_template("one_time_link_invalid.html", reason=error.message), 410
    except Invalid as error:
        form.password.errors = [error.message]
        return _page(form, member), 422
    if sso.mode(g.ctx) == "required" and not domain.keeps_password(g.ctx, member):
        flash("Your password is set. This workspace signs in with Okta.", "success")
        return redirect(url_for("sign_in.sign_in"), 303)
    session.begin(member, method="password")
    domain.note(g.ctx, member, "password")
    flash("Your password is set and you are signed in.", "success")
    return redirect("/", 303)


def _page(form: PasswordForm, member: Any) -> str:
    return render_template("set_password.html", form=form, person=member, shortest=links.SHORTEST)
