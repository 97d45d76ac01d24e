"""The audit log: who did what, when, from where, to what; nothing in it can be changed unseen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, render_template

from portal.admin import exports, log_pages
from portal.domain import audit, events, history
from portal.domain.permissions import Permission
from portal.models import AuditEntry
from portal.web.guards import needs

blueprint = Blueprint("audit_log", __name__)
COLUMNS = ["at", *(name for name in audit.SEALED if name != "workspace_id"), "hash"]
AREAS = {
    "member": "Members",
    "group": "Groups",
    "role": "Roles",
    "token": "Tokens",
    "consent": "Connected apps",
    "client": "OAuth clients",
    "provisioning": "SCIM",
    "sso": "SSO",
    "sign-in": "Sign-ins",
    "workspace": "Workspace",
}


def _narrow() -> history.Narrow:
    return history.Narrow(
        text=log_pages.text(),
        area=log_pages.choice("area", AREAS),
        span=log_pages.choice("span", events.SPANS),
        subject_id=log_pages.about(),
    )


@blueprint.get("/audit-log")
@needs(Permission.VIEW_LOGS)
def index() -> str:
    """A page of the log, narrowed by the address."""
    narrow = _narrow()
    log = log_pages.read("audit_log", history.listing(g.ctx, narrow), ["area"], lambda entry: entry.subject_label)
    return render_template(
        "admin/audit_log/index.html",
        log=log,
        entries=[(entry, history.sentence(entry, g.ctx.profile.words.group), history.changes(entry)) for entry in log.rows],
        narrow=narrow,
        areas=_areas(),
    )


def _areas() -> list[tuple[str, str]]:
    """What the log can be narrowed to, in the product's words."""
    profile = g.ctx.profile
    areas = AREAS | {"group": profile.words.groups.capitalize()}
    return [("", "Everything"), *(area for area in areas.items() if area[0] != "group" or profile.features.groups)]


@blueprint.get("/audit-log/export.<form>")
@needs(Permission.VIEW_LOGS)
def export(form: str) -> Response:
    """The narrowed log as CSV or JSON Lines."""
    return exports.respond(form, "audit-log", COLUMNS, history.listing(g.ctx, _narrow()).each(g.ctx), _described)


def _described(entry: AuditEntry) -> dict[str, Any]:
    row = {column: getattr(entry, column) for column in COLUMNS}
    return {**row, "at": entry.at.isoformat()}
