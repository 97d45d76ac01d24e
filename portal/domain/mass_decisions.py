"""Mass deactivations as admins see them, and what they decide: keep, let through, or undo (in `reactivation`), and the rule itself."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.domain import audit
from portal.domain import deactivation_minutes as minutes
from portal.domain.context import Context, lock
from portal.domain.errors import Invalid, NotFound, Unavailable
from portal.domain.mass_deactivations import subject
from portal.models import Deactivation, MassDeactivation

SETTLED = "This was decided already."


def undecided(ctx: Context, most: int = 3) -> list[MassDeactivation]:
    """The mass deactivations that wait for a decision, the latest first."""
    query = select(MassDeactivation).where(MassDeactivation.workspace_id == ctx.workspace.id, MassDeactivation.closed_at.is_(None))
    return list(ctx.session.scalars(query.order_by(MassDeactivation.began_at.desc()).limit(most)))


def get(ctx: Context, event_id: str) -> MassDeactivation:
    """The workspace's mass deactivation; raises NotFound."""
    query = select(MassDeactivation).where(MassDeactivation.workspace_id == ctx.workspace.id, MassDeactivation.id == event_id)
    event = ctx.session.scalar(query)
    if event is None:
        raise NotFound("There is no such mass deactivation.")
    return event


def left(ctx: Context, event: MassDeactivation) -> int:
    """How many of its members nobody reactivated yet."""
    mine = (Deactivation.workspace_id == ctx.workspace.id, Deactivation.event_id == event.id)
    return ctx.session.scalar(select(func.count()).where(*mine)) or 0


def keep(ctx: Context, event: MassDeactivation) -> None:
    """Leaves its members deactivated; raises Unavailable when it was decided, or while it holds further ones."""
    lock(ctx)
    if event.closed_at is not None:
        raise Unavailable(SETTLED)
    if event.holding:
        raise Unavailable("Further deactivations are held. Let them through first.")
    event.closed_at = ctx.now
    minutes.count_afresh(ctx)
    audit.record(ctx, "workspace.mass-deactivation-kept", subject(ctx), after={"members": left(ctx, event)})


def let_through(ctx: Context, event: MassDeactivation) -> None:
    """Takes further deactivations for an hour; they can be undone with the earlier ones. Raises Unavailable when none are held."""
    lock(ctx)
    if not event.holding:
        raise Unavailable(SETTLED)
    event.let_through_until = ctx.now + minutes.WINDOW
    minutes.count_afresh(ctx)
    audit.record(ctx, "workspace.mass-deactivation-let-through", subject(ctx), after={"until": event.let_through_until.isoformat()})


def settle(ctx: Context, event: MassDeactivation) -> None:
    """Closes it when nothing is left to undo and nothing is held; counting begins anew."""
    if not left(ctx, event) and not event.holding:
        event.closed_at = ctx.now
    minutes.count_afresh(ctx)


def set_rule(ctx: Context, *, percent: int, hold_further: bool) -> None:
    """What share is many, and whether further deactivations are held then; who stops holding lets through what is held.

    Raises Invalid outside 1 to 100.
    """
    if not 1 <= percent <= 100:
        raise Invalid("Enter a whole number from 1 to 100.", field="percent")
    lock(ctx)
    before = {"percent": ctx.workspace.mass_deactivation_percent, "hold": ctx.workspace.hold_mass_deactivation}
    after = {"percent": percent, "hold": hold_further}
    if before != after:
        ctx.workspace.mass_deactivation_percent, ctx.workspace.hold_mass_deactivation = percent, hold_further
        audit.record(ctx, "provisioning.mass-deactivation-rule-changed", subject(ctx), before=before, after=after)
    for event in [] if hold_further else undecided(ctx):
        if event.holding:
            let_through(ctx, event)
