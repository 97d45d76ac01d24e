"""Undoing a mass deactivation: reactivates exactly those of its members whom nobody reactivated since, within seats.

It may be twenty thousand at once, so members are read and written in batches; only removed ones are brought back one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, delete, select, update

from portal.domain import audit, details, directory, groups, mass_deactivations, mass_decisions, members, search, seats
from portal.domain.by_hand import may_touch
from portal.domain.context import Context, lock
from portal.domain.errors import Unavailable
from portal.domain.listing import Page
from portal.domain.texts import fold
from portal.models import Deactivation, Group, MassDeactivation, Member

BATCH = 500
NAMED = 50
"""How many of those who stay deactivated are named."""
NO_SEAT = "no seat is free"
# What is read of a member: enough to name, count and check it.
_COLUMNS = (
    *(Member.id, Member.seq, Member.status, Member.role, Member.custom_role_id, Member.provisioned, Member.source, Member.owner),
    *(Member.user_name, Member.display_name, Member.given_name, Member.family_name),
)


@dataclass
class Outcome:
    """What an undo did, or would do: how many come back, how many stay, and names of the first of these with the reason."""

    reactivated: int = 0
    stayed: int = 0
    named: list[tuple[str, str]] = field(default_factory=list)


def preview(ctx: Context, event: MassDeactivation) -> Outcome:
    """What `undo` would do now."""
    outcome = Outcome()
    for _batch in _batches(ctx, event, outcome, seats.free(ctx)):
        pass
    return outcome


def undo(ctx: Context, event: MassDeactivation) -> Outcome:
    """Reactivates its members in the order they were created; who does not fit stays, and can be tried again.

    Raises Unavailable when it was decided already.
    """
    lock(ctx)
    if event.closed_at is not None:
        raise Unavailable(mass_decisions.SETTLED)
    outcome = Outcome()
    for batch in _batches(ctx, event, outcome, seats.free(ctx)):
        _bring_back(ctx, event, batch)
    mass_decisions.settle(ctx, event)
    after = {"reactivated": outcome.reactivated, "stayed": outcome.stayed}
    audit.record(ctx, "workspace.mass-deactivation-undone", mass_deactivations.subject(ctx), after=after)
    return outcome


def page(ctx: Context, event: MassDeactivation, *, after: str = "", size: int = 50) -> Page[Any]:
    """Some of those who can be brought back, in the order they were created, from behind the member with id `after` on."""
    start = ctx.session.scalar(select(Member.seq).where(Member.workspace_id == ctx.workspace.id, Member.id == after[:36])) or 0
    rows = _rows(ctx, _query(ctx, event, start, size + 1))
    return Page(rows[:size], after=rows[size - 1].id if len(rows) > size else "")


def _query(ctx: Context, event: MassDeactivation, start: int, most: int) -> Select[Any]:
    query = select(*_COLUMNS).join(Deactivation, Deactivation.member_id == Member.id)
    own = (Member.workspace_id == ctx.workspace.id, Deactivation.event_id == event.id, Member.seq > start)
    return query.where(*own).order_by(Member.seq).limit(most)


def _rows(ctx: Context, query: Select[Any]) -> list[Any]:
    return list(ctx.session.execute(query))


def _batches(ctx: Context, event: MassDeactivation, outcome: Outcome, free: int | None) -> Iterator[list[Any]]:
    """Those who can come back, counted in `outcome` together with those who cannot."""
    start, names = 0, set[str]()
    while rows := _rows(ctx, _query(ctx, event, start, BATCH)):
        start, back = rows[-1].seq, []
        for row in rows:
            needs = seats.uses_seat(ctx.profile, role=row.role, active=True)
            if why := _obstacle(ctx, row, names) or (NO_SEAT if free is not None and free < needs else ""):
                outcome.stayed += 1
                outcome.named += [(members.label(row), why)] if len(outcome.named) < NAMED else []
                continue
            free = None if free is None else free - needs
            back.append(row)
            names.add(fold(row.user_name))
        outcome.reactivated += len(back)
        if back:
            yield back


def _obstacle(ctx: Context, row: Any, names: set[str]) -> str:
    """Why the member cannot come back, seats aside; empty when nothing stands in the way. `names` are those given back already."""
    if not may_touch(ctx, row):
        return "only owners bring back an owner"
    if row.status == "removed" and (fold(row.user_name) in names or members.by_user_name(ctx, row.user_name) is not None):
        return f"another member has the user name “{row.user_name}” now"
    return ""


def _bring_back(ctx: Context, event: MassDeactivation, rows: list[Any]) -> None:
    ids = [row.id for row in rows]
    seats.take(ctx, sum(seats.uses_seat(ctx.profile, role=row.role, active=True) for row in rows))
    statement = update(Member).where(Member.workspace_id == ctx.workspace.id, Member.id.in_(ids))
    changes = {"status": "active", "version": Member.version + 1, "modified_at": ctx.now}
    ctx.session.execute(statement.values(**changes), execution_options={"synchronize_session": False})
    moves = Counter((directory.facet(row), (row.role, row.custom_role_id or "", directory.origin(row), "active")) for row in rows)
    for (before, after), number in moves.items():
        directory.recount(ctx, before, after, number)
    for row in rows:
        if row.status == "removed":
            _restore(ctx, row.id)
        audit.record(ctx, "member.reactivated", members.subject(row), before={"status": row.status}, after={"status": "active"})
    gone = delete(Deactivation).where(Deactivation.workspace_id == ctx.workspace.id, Deactivation.member_id.in_(ids))
    ctx.session.execute(gone, execution_options={"synchronize_session": False})
    ctx.session.flush()


def _restore(ctx: Context, member_id: str) -> None:
    """Gives a removed member its user name, its place in lists and search, and its groups back."""
    member = ctx.session.get_one(Member, member_id, populate_existing=True)
    row = ctx.session.get_one(Deactivation, (ctx.workspace.id, member_id))
    member.user_name_folded = fold(member.user_name)
    directory.count_member(ctx, member, 1)
    search.index(ctx, "member", member.id, details.findable_by(member))
    query = select(Group).where(Group.workspace_id == ctx.workspace.id, Group.id.in_(row.group_ids))
    for group in list(ctx.session.scalars(query)) if row.group_ids else []:
        groups.add_members(ctx, group, [member.id])
