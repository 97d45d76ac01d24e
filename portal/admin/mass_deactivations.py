"""Mass deactivations: what happened, and the ways out: undo, leave as it is, let held ones through."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from portal.domain import mass_decisions, members, reactivation, seats
from portal.domain.errors import Invalid, Unavailable
from portal.domain.permissions import Permission
from portal.domain.telling import Name
from portal.models import MassDeactivation
from portal.web.guards import needs
from portal.web.names import say

blueprint = Blueprint("mass_deactivations", __name__)


@blueprint.get("/mass-deactivations/<uuid:mass_id>")
@needs(Permission.MANAGE_MEMBERS)
def show(mass_id: UUID) -> str:
    """What happened, and who is still deactivated."""
    event = _event(mass_id)
    page = reactivation.page(g.ctx, event, after=request.args.get("after", ""))
    return render_template(
        "admin/mass_deactivations/show.html",
        event=event,
        left=mass_decisions.left(g.ctx, event),
        rows=[(member, members.label(member)) for member in page.rows],
        next=url_for("mass_deactivations.show", mass_id=event.id, after=page.after) if page.after else None,
    )


@blueprint.get("/mass-deactivations/<uuid:mass_id>/undo")
@needs(Permission.MANAGE_MEMBERS)
def ask_undo(mass_id: UUID) -> Any:
    """Counts whom undoing would bring back, and says who would stay."""
    event = _event(mass_id)
    if event.closed_at is not None:
        return _back(event, mass_decisions.SETTLED, "info")
    outcome = reactivation.preview(g.ctx, event)
    return render_template("admin/mass_deactivations/undo.html", event=event, outcome=outcome, free=seats.free(g.ctx))


@blueprint.post("/mass-deactivations/<uuid:mass_id>/undo")
@needs(Permission.MANAGE_MEMBERS)
def undo(mass_id: UUID) -> Any:
    """Reactivates exactly those who were deactivated and not reactivated since."""
    event = _event(mass_id)
    try:
        outcome = reactivation.undo(g.ctx, event)
    except Unavailable as error:
        return _back(event, error.message, "info")
    if outcome.stayed:
        named = [part for name, why in outcome.named[:5] for part in ("; ", Name(name), f": {why}")][1:]
        more = f"; and {outcome.stayed - 5:,} more" if outcome.stayed > 5 else ""
        say(f"{_people(outcome.stayed)} still deactivated. ", *named, f"{more}. Undo again once that is mended.", kind="warning")
    return _back(event, f"{_people(outcome.reactivated)} active again.", "success")


@blueprint.get("/mass-deactivations/<uuid:mass_id>/keep")
@needs(Permission.MANAGE_MEMBERS)
def ask_keep(mass_id: UUID) -> str:
    """Says what leaving them deactivated means."""
    event = _event(mass_id)
    return render_template("admin/mass_deactivations/keep.html", event=event, left=mass_decisions.left(g.ctx, event))


@blueprint.post("/mass-deactivations/<uuid:mass_id>/keep")
@needs(Permission.MANAGE_MEMBERS)
def keep(mass_id: UUID) -> Any:
    """Leaves them deactivated."""
    return _decide(mass_id, mass_decisions.keep, "They stay deactivated, and the notice on the home page is gone.")


@blueprint.get("/mass-deactivations/<uuid:mass_id>/let-through")
@needs(Permission.MANAGE_PROVISIONING)
def ask_let_through(mass_id: UUID) -> str:
    """Says what letting further deactivations through means."""
    return render_template("admin/mass_deactivations/let_through.html", event=_event(mass_id))


@blueprint.post("/mass-deactivations/<uuid:mass_id>/let-through")
@needs(Permission.MANAGE_PROVISIONING)
def let_through(mass_id: UUID) -> Any:
    """Takes further deactivations for an hour."""
    return _decide(mass_id, mass_decisions.let_through, "Deactivations are let through for an hour. Retry the failed tasks in Okta.")


@blueprint.post("/settings/sso/mass-deactivation")
@needs(Permission.MANAGE_PROVISIONING)
def change_rule() -> Any:
    """Changes what share is many, and whether further deactivations are held then."""
    typed = request.form.get("percent", "").strip()
    try:
        number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0
        mass_decisions.set_rule(g.ctx, percent=number, hold_further=request.form.get("then") == "hold")
    except Invalid as error:
        flash(f"The rule for mass deactivation stays as it is. {error.message}", "error")
    else:
        flash("The rule for mass deactivation is saved.", "success")
    return redirect(url_for("sso.index", _anchor="mass-deactivation"), 303)


def _event(mass_id: UUID) -> MassDeactivation:
    return mass_decisions.get(g.ctx, str(mass_id))


def _decide(mass_id: UUID, verb: Any, done: str) -> Any:
    event = _event(mass_id)
    try:
        verb(g.ctx, event)
    except Unavailable as error:
        return _back(event, error.message, "info")
    return _back(event, done, "success")


def _back(event: MassDeactivation, said: str, kind: str) -> Any:
    flash(said, kind)
    return redirect(url_for("mass_deactivations.show", mass_id=event.id), 303)


def _people(count: int) -> str:
    return f"{count:,} {'member is' if count == 1 else 'members are'}"
