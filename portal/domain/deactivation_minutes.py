"""How many members a directory deactivated within the last hour: at most sixty rows, one a minute, whatever the size of the workspace."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, literal, select, update

from portal.domain.context import Context
from portal.models import DeactivationMinute, MemberCount
from portal.models.base import UtcDateTime
from portal.models.prepared import Prepared

WINDOW = timedelta(hours=1)
LEAST = 10
"""Fewer are never many."""
_MINUTE = DeactivationMinute.__table__.c
_AT = (_MINUTE.workspace_id == bindparam("here"), _MINUTE.minute == bindparam("at", type_=UtcDateTime()))
_RECENT = (_MINUTE.workspace_id == bindparam("here"), _MINUTE.minute > bindparam("since", type_=UtcDateTime()))
HOUR = Prepared(
    select(
        func.coalesce(func.sum(_MINUTE.deactivated), literal(0)),
        select(_MINUTE.active_before).where(*_RECENT).order_by(_MINUTE.minute).limit(literal(1)).scalar_subquery(),
        func.max(_MINUTE.minute),
    ).where(*_RECENT)
)
"""The one row that `Hour` is made of."""
_NEW_MINUTE = Prepared(insert(DeactivationMinute), ["workspace_id", "minute", "active_before", "deactivated"])
_ONE_MORE = Prepared(update(DeactivationMinute).where(*_AT).values(deactivated=_MINUTE.deactivated + literal(1)))
_ONE_LESS = Prepared(update(DeactivationMinute).where(*_AT, _MINUTE.deactivated > 0).values(deactivated=_MINUTE.deactivated - literal(1)))


class Hour(NamedTuple):
    """How many were deactivated, how many were active before, and the last minute with one; the last two are None where nobody was."""

    deactivated: int
    active_before: int | None
    last: datetime | None

    def exceeds(self, percent: int, *, more: int = 0) -> bool:
        """Whether so many, and `more`, of those who were active are more than the share."""
        count = self.deactivated + more
        return self.active_before is not None and count >= LEAST and count * 100 > percent * self.active_before


def since(ctx: Context) -> dict[str, Any]:
    """The values that HOUR asks for."""
    return {"here": ctx.workspace.id, "since": ctx.now - WINDOW}


def count_one(ctx: Context, hour: Hour) -> Hour:
    """Adds one to this minute of the last hour.

    To the last one that was counted, when a request that began later got the lock first.
    """
    minute = _minute_of(ctx.now)
    if hour.last is not None and hour.last >= minute:
        minute, before = hour.last, hour.active_before
        _ONE_MORE.later(ctx.session, here=ctx.workspace.id, at=minute)
    else:
        active = _begin(ctx, minute)
        before = active if hour.active_before is None else hour.active_before
    ctx.ahead.clear()
    return Hour(hour.deactivated + 1, before, minute)


def take_one_off(ctx: Context, moment: datetime) -> None:
    """Takes one off the minute that it was counted in."""
    _ONE_LESS.later(ctx.session, here=ctx.workspace.id, at=_minute_of(moment))
    ctx.ahead.clear()


def count_afresh(ctx: Context) -> None:
    """Forgets who was deactivated so far."""
    ctx.session.execute(delete(DeactivationMinute).where(DeactivationMinute.workspace_id == ctx.workspace.id))
    ctx.ahead.clear()


def _begin(ctx: Context, minute: datetime) -> int:
    """Counts the first of a minute, and returns how many were active before; minutes that are too old go."""
    own = DeactivationMinute.workspace_id == ctx.workspace.id
    ctx.session.execute(delete(DeactivationMinute).where(own, DeactivationMinute.minute <= ctx.now - WINDOW))
    counts = select(func.coalesce(func.sum(MemberCount.members), 0))
    active = ctx.session.scalar(counts.where(MemberCount.workspace_id == ctx.workspace.id, MemberCount.status == "active")) or 0
    before = int(active) + 1
    _NEW_MINUTE.later(ctx.session, workspace_id=ctx.workspace.id, minute=minute, active_before=before, deactivated=1)
    return before


def _minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
