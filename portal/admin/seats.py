"""Seats and plan: what is used, by whom, what the plan allows, and who found no seat."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from portal.domain import roster, seats
from portal.domain.permissions import Permission
from portal.web.guards import needs

blueprint = Blueprint("seats", __name__)


@blueprint.get("/seats")
@needs(Permission.VIEW_MEMBERS)
def index() -> str:
    """Used and free, by role; the plan; the latest attempts that found no seat."""
    profile, counts = g.ctx.profile, roster.by_role(g.ctx)
    active: dict[str, int] = {}
    for (role, _custom), number in counts.items():
        active[role] = active.get(role, 0) + number["active"]
    return render_template(
        "admin/seats/index.html",
        plan=profile.plan(g.workspace.plan),
        free=seats.free(g.ctx),
        paid=[(role, active.get(role.key, 0)) for role in profile.roles if role.paid],
        unpaid=[(role, active.get(role.key, 0)) for role in profile.roles if not role.paid],
        refused=seats.refused(g.ctx),
    )
