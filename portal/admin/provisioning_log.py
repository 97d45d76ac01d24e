"""The provisioning log: what Okta did, in sentences, and what to do where it failed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import StringField

from portal.admin import exports, log_pages
from portal.domain import advice, events
from portal.domain.errors import Invalid
from portal.domain.permissions import Permission
from portal.models import ProvisioningEvent
from portal.web.guards import needs

blueprint = Blueprint("provisioning_log", __name__)
LONGEST_BODY = 600
"""Characters of a request that the list itself shows; longer ones have the entry's own page."""
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


class KeepingForm(FlaskForm):
    """How many days the log goes back."""

    days = StringField("Keep entries for")

    def number(self) -> int:
        """What was entered; raises Invalid for anything but a whole number."""
        text = (self.days.data or "").strip()
        if not text.isdecimal() or len(text) > 9:
            raise Invalid("Enter a whole number of days.", field="days")
        return int(text)


def _kinds(chosen: str) -> list[tuple[str, str]]:
    """What can occur in this product, and what is chosen: a link of an earlier profile's time still says what it shows."""
    never = {"other"} | (set() if g.ctx.profile.scim.groups else {"add-members", "remove-members"})
    return [("", "Everything"), *((key, key.replace("-", " ").capitalize()) for key in events.KINDS if key not in never - {chosen})]


def _narrow() -> events.Narrow:
    return events.Narrow(
        text=log_pages.text(),
        outcome=log_pages.choice("outcome", ("done", "failed")),
        kind=log_pages.choice("kind", events.KINDS),
        span=log_pages.choice("span", events.SPANS),
        resource_id=log_pages.about(),
    )


@blueprint.get("/provisioning-log")
@needs(Permission.VIEW_LOGS)
def index() -> str:
    """A page of the log, narrowed by the address."""
    narrow = _narrow()
    log = log_pages.read("provisioning_log", events.listing(g.ctx, narrow), ["outcome", "kind"], lambda event: event.subject)
    return render_template(
        "admin/provisioning_log/index.html",
        log=log,
        events=[(event, _sentence(event), advice.on(event)) for event in log.rows],
        narrow=narrow,
        kinds=_kinds(narrow.kind),
        longest=LONGEST_BODY,
    )


@blueprint.get("/provisioning-log/<uuid:event_id>")
@needs(Permission.VIEW_LOGS)
def show(event_id: UUID) -> str:
    """One entry with the whole request."""
    event = events.get(g.ctx, str(event_id))
    return render_template("admin/provisioning_log/show.html", event=event, sentence=_sentence(event), advice=advice.on(event))


@blueprint.get("/provisioning-log/keeping")
@needs(Permission.MANAGE_PROVISIONING)
def ask_keeping() -> str:
    """Asks how long entries are kept."""
    return render_template("admin/provisioning_log/keeping.html", form=KeepingForm(days=g.workspace.log_days))


@blueprint.post("/provisioning-log/keeping")
@needs(Permission.MANAGE_PROVISIONING)
def keep() -> Any:
    """Says how long entries are kept from now on."""
    form = KeepingForm()
    try:
        events.keep(g.ctx, form.number())
    except Invalid as error:
        form.days.errors = [error.message]
        return render_template("admin/provisioning_log/keeping.html", form=form), 422
    flash(f"Entries of the provisioning log are kept for {g.workspace.log_days} days.", "success")
    return redirect(url_for("provisioning_log.index"), 303)


@blueprint.get("/provisioning-log/export.<form>")
@needs(Permission.VIEW_LOGS)
def export(form: str) -> Response:
    """The narrowed log as CSV or JSON Lines."""
    return exports.respond(form, "provisioning-log", COLUMNS, events.listing(g.ctx, _narrow()).each(g.ctx), _described)


def _described(event: ProvisioningEvent) -> dict[str, Any]:
    row = {column: getattr(event, column) for column in COLUMNS}
    return {**row, "at": event.at.isoformat()}


def _sentence(event: ProvisioningEvent) -> str:
    return events.sentence(event, g.ctx.profile.words.group)
