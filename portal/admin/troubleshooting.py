"""Troubleshooting: recent refused sign-ins, why, and what to change in Okta."""

from __future__ import annotations

from flask import Blueprint, Flask, g, render_template

from portal.domain import sso_attempts
from portal.domain.permissions import Permission
from portal.domain.refusals import reason
from portal.web.guards import needs

blueprint = Blueprint("troubleshooting", __name__)
SHOWN = 50


@blueprint.record_once
def _filters(state: object) -> None:
    app: Flask = state.app  # type: ignore[attr-defined]
    app.add_template_filter(reason, "refusal_reason")


@blueprint.get("/troubleshooting")
@needs(Permission.VIEW_LOGS)
def index() -> str:
    """The latest refused sign-ins."""
    return render_template("admin/troubleshooting/index.html", refusals=sso_attempts.refusals(g.ctx, limit=SHOWN), shown=SHOWN)
