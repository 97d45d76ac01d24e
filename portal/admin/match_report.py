"""The match report: what switching SCIM on would do, before it is done."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from portal.domain import matching, members, provisioning, seats
from portal.domain.permissions import Permission
from portal.web.guards import needs

blueprint = Blueprint("match_report", __name__)


@blueprint.get("/settings/sso/scim")
@needs(Permission.MANAGE_PROVISIONING)
def index() -> Any:
    """Whom Okta would find, who would stay outside, which seats it takes; the switch itself is the confirmation."""
    lacking = provisioning.missing(g.ctx)
    if lacking or g.workspace.scim_enabled:
        flash(" ".join(item.sentence for item in lacking) or "SCIM is on already.", "error" if lacking else "info")
        return redirect(url_for("sso.index", _anchor="step-token"), 303)
    part = matching.OUTSIDE if request.args.get("show") == matching.OUTSIDE else matching.LINKED
    page = matching.listing(g.ctx, part).page(g.ctx, before=request.args.get("before", ""), after=request.args.get("after", ""))
    return render_template(
        "admin/sso/match_report.html",
        report=matching.report(g.ctx),
        part=part,
        rows=[(member, members.label(member), matching.advice(g.ctx, member)) for member in page.rows],
        previous=url_for("sso.match_report.index", show=part, before=page.before) if page.before else None,
        next=url_for("sso.match_report.index", show=part, after=page.after) if page.after else None,
        free=seats.free(g.ctx),
        default_role=g.ctx.profile.role(g.ctx.profile.default_role),
    )
