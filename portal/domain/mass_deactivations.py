"""Mass deactivation: more members than usual deactivated by a directory within an hour are told to the owners, and can be undone.

Off-boarding is never delayed by default; a workspace may choose to hold further deactivations until an admin decides. The count looks at
the last sixty minutes as at most sixty rows, whatever the size of the workspace.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, literal, select, update

from portal.domain import audit, outbox
from portal.domain.context import Context, lock
from portal.domain.errors import Held, Invalid, NotFound, Unavailable
from portal.models import Consent, Deactivation, DeactivationMinute, GroupMember, MassDeactivation, Member, MemberCount, Token
from portal.models.base import UtcDateTime
from portal.models.prepared import Prepared, all_of_each
from portal.models.rows import MASS_DEACTIVATIONS

WINDOW = timedelta(hours=1)
LEAST = 10
"""Fewer are never many."""
SETTLED = "This was decided already."
_MINUTE = DeactivationMinute.__table__.c
_AT = (_MINUTE.workspace_id == bindparam("here"), _MINUTE.minute == bindparam("at", type_=UtcDateTime()))
_HOUR = Prepared(
    select(_MINUTE.minute, _MINUTE.active_before, _MINUTE.deactivated)
    .where(_MINUTE.workspace_id == bindparam("here"), _MINUTE.minute > bindparam("since", type_=UtcDateTime()))
    .order_by(_MINUTE.minute)
)
_NEW_MINUTE = Prepared(insert(DeactivationMinute), ["workspace_id", "minute", "active_before", "deactivated"])
_ONE_MORE = Prepared(update(DeactivationMinute).where(*_AT).values(deactivated=_MINUTE.deactivated + literal(1)))
_ONE_LESS = Prepared(update(DeactivationMinute).where(*_AT, _MINUTE.deactivated > 0).values(deactivated=_MINUTE.deactivated - literal(1)))
_NOTE = Prepared(insert(Deactivation), ["workspace_id", "member_id", "at", "event_id", "group_ids"])
_OWN = (Deactivation.workspace_id == bindparam("here"), Deactivation.member_id == bindparam("whose"))
_KEEP_GROUPS = Prepared(
    update(Deactivation).where(*_OWN).values(group_ids=bindparam("groups", type_=Deactivation.__table__.c.group_ids.type))
)
_NOTED = Prepared(select(Deactivation.at).where(*_OWN))
_FORGET = Prepared(delete(Deactivation).where(*_OWN))
_UNDECIDED = Prepared(
    select(*MASS_DEACTIVATIONS.columns)
    .where(MassDeactivation.workspace_id == bindparam("here"), MassDeactivation.closed_at.is_(None))
    .order_by(MassDeactivation.began_at.desc())
    .limit(literal(1))
)


class Minute(NamedTuple):
    """A minute in which members were deactivated, and how many were active just before."""

    minute: datetime
    active_before: int
    deactivated: int


def exceeds(deactivated: int, active_before: int, percent: int) -> bool:
    """Whether so many of those who were active are more than the share."""
    return deactivated >= LEAST and deactivated * 100 > percent * active_before


# What members tell of


def require_passage(ctx: Context) -> None:
    """Raises Held when the workspace holds further deactivations by a directory; to be asked before one."""
    if ctx.actor.kind != "token" or not ctx.workspace.hold_mass_deactivation:
        return
    event = _latest(ctx)
    if event is not None and event.let_through_until is not None and event.let_through_until > ctx.now:
        return
    if event is not None and event.holding and _token_ended(ctx, event):
        event.let_through_until = ctx.now
        _count_afresh(ctx)
    counted = _counted(ctx)
    count = sum(minute.deactivated for minute in counted)
    holding = event is not None and event.holding
    if holding or (counted and exceeds(count + 1, counted[0].active_before, ctx.workspace.mass_deactivation_percent)):
        raise Held(
            f"Held back: {event.deactivated if event and holding else count} members were deactivated within an hour, and "
            f"{ctx.workspace.name} holds further ones. An admin lets them through on the portal's home page, or revokes the token; "
            "retry then."
        )


def deactivated(ctx: Context, member: Member, group_ids: Sequence[str] = ()) -> None:
    """Counts a member who was active until now; `group_ids` are the groups that a removed one was in."""
    if ctx.actor.kind != "token":
        return
    minutes, found = all_of_each(ctx.session, [(_HOUR, _hour(ctx)), (_UNDECIDED, {"here": ctx.workspace.id})])
    counted, event = _count(ctx, [Minute(*row) for row in minutes]), _event(ctx, found)
    let_through = event is not None and event.let_through_until is not None and event.let_through_until > ctx.now
    total, before = sum(minute.deactivated for minute in counted), counted[0].active_before
    many = exceeds(total, before, ctx.workspace.mass_deactivation_percent)
    belongs = event if event is not None and (let_through or (many and _goes_on(ctx, event))) else None
    at = max(ctx.now, counted[-1].minute)
    known = {"workspace_id": ctx.workspace.id, "member_id": member.id, "at": at, "group_ids": list(group_ids)}
    _NOTE.later(ctx.session, **known, event_id=belongs.id if belongs else None)
    if belongs is not None:
        belongs.deactivated, belongs.last_at = belongs.deactivated + 1, ctx.now
    elif many:
        _open(ctx, before)


def reactivated(ctx: Context, member: Member) -> None:
    """Takes the member out of the count, and out of what could be undone."""
    noted = _NOTED.first(ctx.session, here=ctx.workspace.id, whose=member.id)
    if noted is not None:
        _ONE_LESS.later(ctx.session, here=ctx.workspace.id, at=_minute(noted[0]))
        _FORGET.later(ctx.session, here=ctx.workspace.id, whose=member.id)


def removed(ctx: Context, member: Member, *, was_active: bool) -> None:
    """Counts a removed member who was active, and keeps the groups of any whose removal could be undone; asked before they are left."""
    if ctx.actor.kind != "token":
        return
    own = GroupMember.workspace_id == ctx.workspace.id, GroupMember.member_id == member.id
    groups = list(ctx.session.scalars(select(GroupMember.group_id).where(*own)))
    if was_active:
        deactivated(ctx, member, groups)
    else:  # pruning may take the note away at any moment
        _KEEP_GROUPS.later(ctx.session, here=ctx.workspace.id, whose=member.id, groups=groups)


def hold(ctx: Context) -> None:
    """Notes that a deactivation was refused, after what it did was undone; the owners are told of the first."""
    lock(ctx)
    event = _latest(ctx)
    if event is None or not _goes_on(ctx, event):
        counted = _counted(ctx)
        event = _open(ctx, counted[0].active_before if counted else 0, held=True)
    elif event.held_at is None:
        event.held_at = ctx.now
        _tell(ctx, event)
    event.refused, event.last_at = event.refused + 1, ctx.now


# What admins see and decide


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
    _count_afresh(ctx)
    audit.record(ctx, "workspace.mass-deactivation-kept", subject(ctx), after={"members": left(ctx, event)})


def let_through(ctx: Context, event: MassDeactivation) -> None:
    """Takes further deactivations for an hour; they can be undone with the earlier ones. Raises Unavailable when none are held."""
    lock(ctx)
    if not event.holding:
        raise Unavailable(SETTLED)
    event.let_through_until = ctx.now + WINDOW
    _count_afresh(ctx)
    audit.record(ctx, "workspace.mass-deactivation-let-through", subject(ctx), after={"until": event.let_through_until.isoformat()})


def settle(ctx: Context, event: MassDeactivation) -> None:
    """Closes it when nothing is left to undo and nothing is held; counting begins anew."""
    if not left(ctx, event) and not event.holding:
        event.closed_at = ctx.now
    _count_afresh(ctx)


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


def subject(ctx: Context) -> tuple[str, str | None, str]:
    """The workspace as the subject of an audit entry."""
    return ("workspace", ctx.workspace.id, ctx.workspace.name)


def _latest(ctx: Context) -> MassDeactivation | None:
    return _event(ctx, _UNDECIDED.all(ctx.session, here=ctx.workspace.id))


def _event(ctx: Context, found: Sequence[tuple[Any, ...]]) -> MassDeactivation | None:
    """The mass deactivation of what _UNDECIDED found."""
    return MASS_DEACTIVATIONS.attached(ctx.session, found[0]) if found else None


def _goes_on(ctx: Context, event: MassDeactivation) -> bool:
    """Whether what happens now belongs to it: it still holds, or its last deactivation is within the hour and nobody decided."""
    return event.holding or (event.let_through_until is None and event.last_at > ctx.now - WINDOW)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _counted(ctx: Context) -> list[Minute]:
    """The minutes of the last hour in which somebody was deactivated, the earliest first."""
    return [Minute(*row) for row in _HOUR.all(ctx.session, **_hour(ctx))]


def _hour(ctx: Context) -> dict[str, Any]:
    return {"here": ctx.workspace.id, "since": ctx.now - WINDOW}


def _count(ctx: Context, counted: list[Minute]) -> list[Minute]:
    """Adds one to this minute of those that were counted, and returns them.

    To the last one that was counted, when a request that began later got the lock first.
    """
    minute = max([_minute(ctx.now), *(each.minute for each in counted[-1:])])
    if counted and counted[-1].minute == minute:
        _ONE_MORE.later(ctx.session, here=ctx.workspace.id, at=minute)
        counted[-1] = counted[-1]._replace(deactivated=counted[-1].deactivated + 1)
    else:
        own = DeactivationMinute.workspace_id == ctx.workspace.id
        ctx.session.execute(delete(DeactivationMinute).where(own, DeactivationMinute.minute <= ctx.now - WINDOW))
        counts = select(func.coalesce(func.sum(MemberCount.members), 0))
        active = ctx.session.scalar(counts.where(MemberCount.workspace_id == ctx.workspace.id, MemberCount.status == "active")) or 0
        counted.append(Minute(minute, int(active) + 1, 1))
        _NEW_MINUTE.later(ctx.session, workspace_id=ctx.workspace.id, **counted[-1]._asdict())
    return counted


def _count_afresh(ctx: Context) -> None:
    ctx.session.execute(delete(DeactivationMinute).where(DeactivationMinute.workspace_id == ctx.workspace.id))


def _open(ctx: Context, active_before: int, *, held: bool = False) -> MassDeactivation:
    event = MassDeactivation(
        workspace_id=ctx.workspace.id,
        began_at=ctx.now,
        last_at=ctx.now,
        deactivated=0,
        active_before=active_before,
        token_id=ctx.actor.id,
        token_name=_token_name(ctx)[:400],
        held_at=ctx.now if held else None,
        refused=0,
    )
    ctx.session.add(event)
    ctx.session.flush()
    recent = (Deactivation.workspace_id == ctx.workspace.id, Deactivation.at > ctx.now - WINDOW, Deactivation.event_id.is_(None))
    event.began_at = ctx.session.scalar(select(func.min(Deactivation.at)).where(*recent)) or ctx.now
    joins = update(Deactivation).where(*recent).values(event_id=event.id)
    event.deactivated = ctx.session.execute(joins, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]
    _tell(ctx, event)
    return event


def _token_name(ctx: Context) -> str:
    """The name of what deactivated so many; of a token made by hand also its end, for several may have one name."""
    token = ctx.session.get(Token, ctx.actor.id) if ctx.actor.id else None
    return f"{token.name} …{token.last_four}" if token is not None and token.kind == "header" else ctx.actor.label


def _tell(ctx: Context, event: MassDeactivation) -> None:
    held = event.held_at is not None
    facts = {"deactivated": event.deactivated, "active": event.active_before, "by": event.token_name, "held": held}
    path = {"path": f"/mass-deactivations/{event.id}"}
    outbox.to_owners(ctx, "mass-deactivation", {**facts, **path}, once=f"mass-deactivation:{event.id}:{'held' if held else 'told'}")
    action = "workspace.mass-deactivation-held" if held else "workspace.mass-deactivation"
    audit.record(ctx, action, subject(ctx), after=facts)


def _token_ended(ctx: Context, event: MassDeactivation) -> bool:
    """Whether the token, or the consent behind it, that deactivated so many was revoked."""
    query = select(Token.consent_id, Token.revoked_at, Consent.revoked_at).outerjoin(Consent, Consent.id == Token.consent_id)
    row = ctx.session.execute(query.where(Token.id == event.token_id)).first()
    if row is None:
        return False
    consent_id, token_revoked, consent_revoked = row
    return (consent_revoked if consent_id else token_revoked) is not None
