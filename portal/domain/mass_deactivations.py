"""Mass deactivation: more members than usual deactivated by a directory within an hour are told to the owners, and can be undone.

Off-boarding is never delayed by default; a workspace may choose to hold further deactivations until an admin decides. What
members tell of is here; what admins see and decide is in `mass_decisions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, literal, select, update

from portal.domain import audit, outbox
from portal.domain import deactivation_minutes as minutes
from portal.domain.context import Context, lock
from portal.domain.errors import Held
from portal.models import Consent, Deactivation, GroupMember, MassDeactivation, Member, Token
from portal.models.prepared import Prepared, all_of_each
from portal.models.rows import MASS_DEACTIVATIONS

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


def require_passage(ctx: Context) -> None:
    """Raises Held when the workspace holds further deactivations by a directory; to be asked before one."""
    if ctx.actor.kind != "token" or not ctx.workspace.hold_mass_deactivation:
        return
    event = _latest(ctx)
    if event is not None and event.let_through_until is not None and event.let_through_until > ctx.now:
        return
    if event is not None and event.holding and _token_ended(ctx, event):
        event.let_through_until = ctx.now
        minutes.count_afresh(ctx)
    counted = minutes.counted(ctx)
    count = sum(each.deactivated for each in counted)
    holding = event is not None and event.holding
    if holding or (counted and minutes.exceeds(count + 1, counted[0].active_before, ctx.workspace.mass_deactivation_percent)):
        raise Held(
            f"Held back: {event.deactivated if event and holding else count} members were deactivated within an hour, and "
            f"{ctx.workspace.name} holds further ones. An admin lets them through on the portal's home page, or revokes the token; "
            "retry then."
        )


def deactivated(ctx: Context, member: Member, group_ids: Sequence[str] = ()) -> None:
    """Counts a member who was active until now; `group_ids` are the groups that a removed one was in."""
    if ctx.actor.kind != "token":
        return
    hour, found = all_of_each(ctx.session, [(minutes.HOUR, minutes.hour(ctx)), (_UNDECIDED, {"here": ctx.workspace.id})])
    counted, event = minutes.count_one(ctx, [minutes.Minute(*row) for row in hour]), _event(ctx, found)
    let_through = event is not None and event.let_through_until is not None and event.let_through_until > ctx.now
    total, before = sum(each.deactivated for each in counted), counted[0].active_before
    many = minutes.exceeds(total, before, ctx.workspace.mass_deactivation_percent)
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
        minutes.take_one_off(ctx, noted[0])
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
        counted = minutes.counted(ctx)
        event = _open(ctx, counted[0].active_before if counted else 0, held=True)
    elif event.held_at is None:
        event.held_at = ctx.now
        _tell(ctx, event)
    event.refused, event.last_at = event.refused + 1, ctx.now


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
    return event.holding or (event.let_through_until is None and event.last_at > ctx.now - minutes.WINDOW)


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
    recent = (Deactivation.workspace_id == ctx.workspace.id, Deactivation.at > ctx.now - minutes.WINDOW, Deactivation.event_id.is_(None))
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
