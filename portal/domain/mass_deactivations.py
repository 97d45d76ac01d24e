"""Mass deactivation: more members than usual deactivated by a directory within an hour are told to the owners, and can be undone.

Off-boarding is never delayed by default; a workspace may choose to hold further deactivations until an admin decides. What
members tell of is here; what admins see and decide is in `mass_decisions`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, func, insert, literal, select, update

from portal.domain import audit, outbox
from portal.domain import deactivation_minutes as minutes
from portal.domain.context import Context, lock
from portal.domain.errors import Held
from portal.models import Consent, Deactivation, GroupMember, MassDeactivation, Member, Token
from portal.models.prepared import Prepared, Wanted, first_of_each
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


def asks(ctx: Context) -> Wanted:
    """What a deactivation asks of the database: whoever expects one may ask it along with the lock, into `ctx.ahead`."""
    return [(minutes.HOUR, minutes.since(ctx)), (_UNDECIDED, {"here": ctx.workspace.id})]


def require_passage(ctx: Context) -> None:
    """Raises Held when the workspace holds further deactivations by a directory; to be asked before one."""
    if ctx.actor.kind != "token" or not ctx.workspace.hold_mass_deactivation:
        return
    hour, event = _now(ctx)
    if event is not None and event.let_through_until is not None and event.let_through_until > ctx.now:
        return
    if event is not None and event.holding and _token_ended(ctx, event):
        event.let_through_until = ctx.now
        minutes.count_afresh(ctx)
        hour, event = _now(ctx)
    holding = event is not None and event.holding
    if holding or hour.exceeds(ctx.workspace.mass_deactivation_percent, more=1):
        raise Held(
            f"Held back: {event.deactivated if event and holding else hour.deactivated} members were deactivated within an hour, and "
            f"{ctx.workspace.name} holds further ones. An admin lets them through on the portal's home page, or revokes the token; "
            "retry then."
        )


def deactivated(ctx: Context, member: Member, group_ids: Sequence[str] = ()) -> None:
    """Counts a member who was active until now; `group_ids` are the groups that a removed one was in."""
    if ctx.actor.kind != "token":
        return
    known, event = _now(ctx)
    hour = minutes.count_one(ctx, known)
    let_through = event is not None and event.let_through_until is not None and event.let_through_until > ctx.now
    many = hour.exceeds(ctx.workspace.mass_deactivation_percent)
    belongs = event if event is not None and (let_through or (many and _goes_on(ctx, event))) else None
    at = max(ctx.now, hour.last or ctx.now)
    noted = {"workspace_id": ctx.workspace.id, "member_id": member.id, "at": at, "group_ids": list(group_ids)}
    _NOTE.later(ctx.session, **noted, event_id=belongs.id if belongs else None)
    if belongs is not None:
        belongs.deactivated, belongs.last_at = belongs.deactivated + 1, ctx.now
    elif many:
        _open(ctx, hour.active_before or 0)


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
    hour, event = _now(ctx)
    if event is None or not _goes_on(ctx, event):
        event = _open(ctx, hour.active_before or 0, held=True)
    elif event.held_at is None:
        event.held_at = ctx.now
        _tell(ctx, event)
    event.refused, event.last_at = event.refused + 1, ctx.now


def subject(ctx: Context) -> tuple[str, str | None, str]:
    """The workspace as the subject of an audit entry."""
    return ("workspace", ctx.workspace.id, ctx.workspace.name)


def _now(ctx: Context) -> tuple[minutes.Hour, MassDeactivation | None]:
    """The last hour, and the latest mass deactivation that nobody decided about: as read ahead, or else read now."""
    asked = asks(ctx)
    rows = [ctx.ahead[query] for query, _ in asked] if ctx.ahead else first_of_each(ctx.session, asked)
    hour, found = rows
    return minutes.Hour(*(hour or (0, None, None))), MASS_DEACTIVATIONS.attached(ctx.session, found) if found else None


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
