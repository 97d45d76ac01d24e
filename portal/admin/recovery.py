"""Signing in when single sign-on fails: an owner's recovery code, or the operator's link."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from portal.domain import links, recovery
from portal.domain import sign_in as domain
from portal.domain.actors import Actor
from portal.domain.context import lock
from portal.domain.errors import Expired, NotAllowed
from portal.extensions import limiter
from portal.models import Member
from portal.web import session
from portal.web.guards import public
from portal.web.limits import guesses, whoever_is_named
from portal.web.tenancy import WORKSPACE, client_ip

blueprint = Blueprint("recovery", __name__)


class RecoveryForm(FlaskForm):
    """E-mail address (or user name) and a recovery code."""

    email = StringField("Email", validators=[InputRequired("Enter your e-mail address.")])
    code = StringField("Recovery code", validators=[InputRequired("Enter one of your recovery codes.")])


@blueprint.get("/sign-in/recovery")
@public(WORKSPACE)
def ask() -> str:
    """Asks an owner for a recovery code."""
    return render_template("sso/recovery.html", form=RecoveryForm(), problem="")


@blueprint.post("/sign-in/recovery")
@public(WORKSPACE)
@limiter.limit("20 per minute", key_func=client_ip)
@limiter.limit("5 per minute", key_func=whoever_is_named)
def submit() -> Any:
    """Signs the owner in with the code, which is used up."""
    form, problem = RecoveryForm(), ""
    if form.validate_on_submit():
        lock(g.ctx)
        try:
            return _enter(recovery.redeem(g.ctx, form.email.data or "", (form.code.data or "")[:200]))
        except NotAllowed as error:
            problem = error.message
    form.code.data = ""  # a code that is good for somebody else is not shown to whoever stands here
    return render_template("sso/recovery.html", form=form, problem=problem), 422


@blueprint.get("/recover/<secret>")
@public(WORKSPACE)
@guesses("30 per minute", 410)
def ask_link(secret: str) -> Any:
    """Says whom the operator's link signs in; looking uses nothing up."""
    try:
        member = links.peek(g.ctx, secret, recovery.LINK)
    except Expired as error:
        return render_template("sso/recovery_link_invalid.html", reason=error.message), 410
    return render_template("sso/recovery_link.html", person=member)


@blueprint.post("/recover/<secret>")
@public(WORKSPACE)
@guesses("30 per minute", 410)
def use_link(secret: str) -> Any:
    """Signs the owner in with the operator's link, which is used up."""
    try:
        return _enter(links.use(g.ctx, secret, recovery.LINK))
    except Expired as error:
        return render_template("sso/recovery_link_invalid.html", reason=error.message), 410


def _enter(member: Member) -> Any:
    session.begin(member, method="recovery")
    g.ctx.actor = Actor.member(member, g.ctx.actor.ip, g.ctx.actor.request_id)
    domain.note(g.ctx, member, "recovery")
    flash(f"You are signed in to recover. Check the connection under {g.ctx.profile.words.sso_page}.", "success")
    return redirect("/", 303)
