"""One's own account: details, password, signed-in browsers, rights."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired

from portal.admin import browsers
from portal.domain import links, managed, members, passwords, roles, sessions
from portal.domain.errors import Invalid, NotFound
from portal.domain.permissions import Permission, permissions_of, sentence
from portal.extensions import limiter
from portal.web.guards import signed_in

blueprint = Blueprint("account", __name__)


class ChangePasswordForm(FlaskForm):
    """The current password and a new one."""

    current = PasswordField("Current password", validators=[InputRequired("Enter your current password.")])
    password = PasswordField("New password", validators=[InputRequired("Enter a new password.")])


def _own_key() -> str:
    return f"password:{g.member.id}" if g.get("member") else "password:nobody"


@blueprint.get("/account")
@signed_in
def index() -> str:
    """Who one is here, how one signs in, and what one may do."""
    return _page(ChangePasswordForm())


@blueprint.post("/account/password")
@signed_in
@limiter.limit("10 per minute", key_func=_own_key)
def change_password() -> Any:
    """Changes one's password; other browsers are signed out."""
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        passwords.change(g.ctx, g.member, current=form.current.data or "", new=form.password.data or "", here=g.session.id)
    except Invalid as error:
        form[error.field].errors = [error.message]
        return _page(form), 422
    flash("Your password is changed, and your other browsers are signed out.", "success")
    return redirect(url_for("account.index"), 303)


@blueprint.post("/account/sessions/<uuid:session_id>/end")
@signed_in
def end_session(session_id: UUID) -> Any:
    """Signs one of one's browsers out."""
    session = next((found for found in sessions.live(g.ctx, g.member) if found.id == str(session_id)), None)
    if session is None:
        raise NotFound("There is no such session.")
    sessions.end(g.ctx, session, "signed-out-elsewhere")
    flash("The browser is signed out.", "success")
    return redirect(url_for("account.index"), 303)


@blueprint.post("/account/sessions/end")
@signed_in
def end_other_sessions() -> Any:
    """Signs every other browser out."""
    count = sessions.end_all(g.ctx, g.member, "signed-out-elsewhere", but=g.session.id)
    flash(f"{count} other {'browser is' if count == 1 else 'browsers are'} signed out.", "success")
    return redirect(url_for("account.index"), 303)


def _page(form: ChangePasswordForm) -> str:
    rights = permissions_of(g.member, g.ctx.profile)
    return render_template(
        "admin/account/index.html",
        form=form,
        label=members.label(g.member),
        role=roles.name_of(g.ctx, g.member),
        managed=managed.is_managed(g.ctx, g.member),
        may_have_password=passwords.allowed(g.ctx, g.member),
        live=[(item, browsers.called(item.user_agent)) for item in sessions.live(g.ctx, g.member)],
        here=g.session.id,
        rights=[(sentence(right, g.ctx.profile), right in rights) for right in Permission],
        shortest=links.SHORTEST,
    )
