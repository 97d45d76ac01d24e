"""The first page: the finder on the bare domain, the home page in a workspace."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, url_for

from portal.admin import finder
from portal.domain.permissions import Permission, permissions_of
from portal.web.guards import public
from portal.web.session import load_member
from portal.web.tenancy import BARE, WORKSPACE

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@public(BARE, WORKSPACE)
def index() -> Any:
    """Sends each to where their work begins."""
    if g.site == BARE:
        return finder.page(finder.FinderForm())
    member = load_member()
    if member is None:
        return redirect(url_for("sign_in.sign_in"), 303)
    may = permissions_of(member, g.ctx.profile)
    return redirect(
        url_for("members.index" if Permission.VIEW_MEMBERS in may else "account.index"),
        303,
    )
