"""Signing in by password, and signing out; SAML's own way in stands in `saml`."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from portal.domain import sign_in as domain
from portal.domain import sso, sso_attempts
from portal.domain.errors import NotAllowed
from portal.extensions import limiter
from portal.web import session
from portal.web.guards import local_path, public, signed_in
from portal.web.limits import guesses, whoever_is_named
from portal.web.tenancy import WORKSPACE, client_ip

blueprint = Blueprint("sign_in", __name__)


class SignInForm(FlaskForm):
    """E-mail address (or user name) and password."""

    email = StringField("Email", validators=[InputRequired("Enter your e-mail address.")])
    password = PasswordField("Password", validators=[InputRequired("Enter your password.")])


@blueprint.get("/sign-in")
@public(WORKSPACE)
def sign_in() -> Any:
    """The sign-in page."""
    target = local_path(request.args.get("next"))
    if session.load_member():
        return redirect(target, 303)
    return _page(SignInForm(), target)


@blueprint.post("/sign-in")
@public(WORKSPACE)
@limiter.limit("120 per minute", key_func=client_ip)
@limiter.limit("60 per minute", key_func=whoever_is_named)
@guesses("30 per minute", 422, key_func=client_ip)
@guesses("10 per minute", 422, key_func=whoever_is_named)
def submit() -> Any:
    """Signs in and goes on to where the visitor wanted to go."""
    form, target = SignInForm(), local_path(request.args.get("next"))
    if not form.validate_on_submit():
        return _page(form, target), 422
    try:
        member = domain.with_password(g.ctx, form.email.data or "", form.password.data or "")
    except NotAllowed as error:
        return _page(form, target, error.message), 422
    session.begin(member, method="password")
    domain.note(g.ctx, member, "password")
    return redirect(target, 303)


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Any:
    """Ends the session; where it came by SSO, a page offers to end the one at the identity provider, too."""
    ticket = sso_attempts.make_logout_ticket(g.ctx, g.session)
    session.finish("signed-out")
    if ticket:
        return redirect(url_for("saml.logout", ticket=ticket), 303)
    flash("You are signed out.", "success")
    return redirect(url_for("sign_in.sign_in"), 303)


def _page(form: SignInForm, target: str, problem: str = "") -> str:
    mode, sso_url = sso.mode(g.ctx), None
    if mode != "off":
        sso_url = url_for("saml.start", next=target) if target != "/" else url_for("saml.start")
    exempt = [kind.name for kind in g.ctx.profile.user_types if not kind.sso] if mode == "required" else []
    return render_template(
        "sign_in.html",
        form=form,
        problem=problem,
        action=url_for("sign_in.submit", next=target) if target != "/" else url_for("sign_in.submit"),
        sso_url=sso_url,
        show_password=mode != "required" or bool(exempt),
        password_for=exempt,
        recovery_url=url_for("recovery.ask") if mode == "required" else None,
    )
