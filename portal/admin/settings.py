"""Settings: one page that leads to every page where a workspace is set up."""

from __future__ import annotations

from flask import Blueprint, g, render_template, url_for

from portal.domain.permissions import Permission, permissions_of
from portal.web.guards import signed_in
from portal.web.templating import wording

blueprint = Blueprint("settings", __name__)
# What the menu calls the page, its endpoint, what it is for, who may see it.
_ENTRIES = (
    ("SSO and SCIM", "sso.index", "Members sign in with Okta, and Okta manages who they are.", Permission.MANAGE_SSO),
    ("Integrations", "integrations.index", "Base URL, tokens and OAuth clients for Okta.", Permission.MANAGE_PROVISIONING),
    ("Connected apps", "connected_apps.index", "Apps that an admin authorized.", Permission.MANAGE_PROVISIONING),
    ("Okta guide", "guide.index", "How to connect Okta, step by step.", Permission.MANAGE_PROVISIONING),
    ("Members", "members.index", "Who is in this workspace.", Permission.VIEW_MEMBERS),
    ("Roles", "roles.index", "What members may do, and which roles use seats.", Permission.VIEW_MEMBERS),
    ("Seats and plan", "seats.index", "What is in use and what is free.", Permission.VIEW_MEMBERS),
)


@blueprint.get("/settings")
@signed_in
def index() -> str:
    """The pages that the member may see, and what each is for."""
    allowed = permissions_of(g.member, g.ctx.profile)
    entries = [(wording(name), url_for(endpoint), about) for name, endpoint, about, permission in _ENTRIES if permission in allowed]
    return render_template("admin/settings/index.html", entries=entries)
