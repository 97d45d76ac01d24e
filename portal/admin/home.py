"""The first page: the finder on the bare domain, the home page in a workspace."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for

from portal.admin import finder, sso_steps
from portal.domain import overview, retired
from portal.domain.permissions import Permission, permissions_of
from portal.web.guards import public
from portal.web.session import load_member
from portal.web.tenancy import BARE, WORKSPACE

blueprint = Blueprint("home", __name__)
# Step of the set-up -> what the button of the next one says, and where it leads.
_WHERE = {
    "metadata": ("Connect Okta", "sso.index"),
    "sign-in": ("Authorize the connection", "sso.index"),
    "token": ("Let Okta manage members", "sso.index"),
    "test-call": ("Open the Okta guide", "guide.index"),
    "first-user": ("Open the Okta guide", "guide.index"),
    "first-group": ("Open the Okta guide", "guide.index"),
}


@blueprint.get("/")
@public(BARE, WORKSPACE)
def index() -> Any:
    """The finder; the workspace's state for who may see its members; one's account for everyone else."""
    if g.site == BARE:
        return finder.page(finder.FinderForm())
    member = load_member()
    if member is None:
        return redirect(url_for("sign_in.sign_in"), 303)
    if Permission.VIEW_MEMBERS not in permissions_of(member, g.ctx.profile):
        return redirect(url_for("account.index"), 303)
    steps = sso_steps.steps(g.ctx)
    return render_template(
        "admin/home/index.html",
        now=overview.look(g.ctx),
        moment=g.ctx.now,
        most=overview.MOST,
        steps=steps,
        where=_WHERE,
        nouns=retired.NOUNS,
    )
