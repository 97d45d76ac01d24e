"""Who must sign in with Okta, and how owners get in when that fails."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from portal.domain import recovery, sso
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.web.guards import needs

blueprint = Blueprint("rules", __name__)

_DONE = {
    "off": "Single sign-on is off. Members sign in with a password.",
    "optional": "Single sign-on is optional. Members choose how they sign in.",
    "required": "Single sign-on is required. Everybody it binds signs in with Okta from now on.",
}


@blueprint.post("/settings/sso/mode")
@needs(Permission.MANAGE_SSO)
def change() -> Any:
    """Makes single sign-on off, optional or required; an owner without recovery codes gets them with the answer."""
    wanted = request.form.get("mode", "")
    try:
        sso.set_mode(g.ctx, wanted, signed_in_by_sso=g.session.method == "sso")
    except DomainError as error:
        flash(error.message, "error")
        return redirect(url_for("sso.index", _anchor="rules"), 303)
    if wanted == "required" and g.member.owner and not recovery.state(g.ctx, g.member).left:
        return render_template("admin/sso/recovery_codes.html", codes=recovery.make(g.ctx, g.member), done=_DONE[wanted])
    flash(_DONE[wanted], "success")
    return redirect(url_for("sso.index", _anchor="rules"), 303)


@blueprint.post("/settings/sso/recovery-codes")
@needs(Permission.MANAGE_SSO)
def make_recovery_codes() -> Any:
    """Makes the owner's recovery codes and shows them, this one time; earlier ones stop working."""
    try:
        codes = recovery.make(g.ctx, g.member)
    except DomainError as error:
        flash(error.message, "error")
        return redirect(url_for("sso.index", _anchor="recovery"), 303)
    return render_template("admin/sso/recovery_codes.html", codes=codes, done="")
