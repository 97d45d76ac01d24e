"""The provisioning log: what Okta did, in sentences, and what to do where it failed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, render_template, request, url_for

from portal.admin import exports
from portal.domain import events
from portal.domain.permissions import Permission
from portal.models import ProvisioningEvent
from portal.web.guards import needs

blueprint = Blueprint("provisioning_log", __name__)
COLUMNS = [
    "at",
    "client",
    "operation",
    "resource_type",
    "resource_id",
    "subject",
    "succeeded",
    "status",
    "scim_type",
    "detail",
    "method",
    "path",
    "ip",
    "request_id",
]


def _narrow() -> events.Narrow:
    asked = request.args
    return events.Narrow(
        text=asked.get("q", "")[:200],
        outcome=asked.get("outcome", "") if asked.get("outcome") in ("done", "failed") else "",
        kind=asked.get("kind", "") if asked.get("kind") in events.KINDS else "",
        span=asked.get("span", "") if asked.get("span") in events.SPANS else "",
        resource_id=asked.get("about", "").replace("\x00", "")[:64],
    )


@blueprint.get("/provisioning-log")
@needs(Permission.VIEW_LOGS)
def index() -> str:
    """A page of the log, narrowed by the address."""
    narrow = _narrow()
    page = events.listing(g.ctx, narrow).page(g.ctx, before=request.args.get("before", ""), after=request.args.get("after", ""))
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key in ("q", "outcome", "kind", "span", "about") and value}
    return render_template(
        "admin/provisioning_log/index.html",
        events=[(event, events.sentence(event), events.advice(event)) for event in page.rows],
        narrow=narrow,
        kinds=[("", "Everything"), *((key, key.replace("-", " ").capitalize()) for key in events.KINDS if key != "other")],
        narrowed=bool(kept),
        kept=kept,
        previous=url_for("provisioning_log.index", before=page.before, **kept) if page.before else None,
        next=url_for("provisioning_log.index", after=page.after, **kept) if page.after else None,
    )


@blueprint.get("/provisioning-log/export.<form>")
@needs(Permission.VIEW_LOGS)
def export(form: str) -> Response:
    """The narrowed log as CSV or JSON Lines."""
    return exports.respond(form, "provisioning-log", COLUMNS, events.listing(g.ctx, _narrow()).each(g.ctx), _described)


def _described(event: ProvisioningEvent) -> dict[str, Any]:
    row = {column: getattr(event, column) for column in COLUMNS}
    return {**row, "at": event.at.isoformat()}
