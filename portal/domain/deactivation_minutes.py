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
HOUR = Prepared(
    select(_MINUTE.minute, _MINUTE.active_before, _MINUTE.deactivated)
    .where(_MINUTE.workspace_id == bindparam("here"), _MINUTE.minute > bindparam("since", type_=UtcDateTime()))
    .order_by(_MINUTE.minute)
)
"""The minutes of the last hour, to be read with something else in one round trip; `counted` reads them alone."""
_NEW_MINUTE = Prepared(insert(DeactivationMinute), ["workspace_id", "minute", "active_before", "deactivated"])
_ONE_MORE = Prepared(update(DeactivationMinute).where(*_AT).values(deactivated=_MINUTE.deactivated + literal(1)))
_ONE_LESS = Prepared(update(DeactivationMinute).where(*_AT, _MINUTE.deactivated > 0).values(deactivated=_MINUTE.deactivated - literal(1)))


class Minute(NamedTuple):
    """A minute in which members were deactivated, and how many were active just before."""

    minute: datetime
    active_before: int
    deactivated: int


def exceeds(deactivated: int, active_before: int, percent: int) -> bool:
    """Whether so many of those who were active are more than the share."""
    return deactivated >= LEAST and deactivated * 100 > percent * active_before


def counted(ctx: Context) -> list[Minute]:
    """The minutes of the last hour in which somebody was deactivated, the earliest first."""
    return [Minute(*row) for row in HOUR.all(ctx.session, **hour(ctx))]


def hour(ctx: Context) -> dict[str, Any]:
    """The values that HOUR asks for."""
    return {"here": ctx.workspace.id, "since": ctx.now - WINDOW}


def count_one(ctx: Context, known: list[Minute]) -> list[Minute]:
    """Adds one to this minute of the last hour's, which are known, and returns them.

    To the last of them, when a request that began later got the lock first.
    """
    minute = max([_minute_of(ctx.now), *(each.minute for each in known[-1:])])
    if known and known[-1].minute == minute:
        _ONE_MORE.later(ctx.session, here=ctx.workspace.id, at=minute)
        known[-1] = known[-1]._replace(deactivated=known[-1].deactivated + 1)
    else:
        own = DeactivationMinute.workspace_id == ctx.workspace.id
        ctx.session.execute(delete(DeactivationMinute).where(own, DeactivationMinute.minute <= ctx.now - WINDOW))
        counts = select(func.coalesce(func.sum(MemberCount.members), 0))
        active = ctx.session.scalar(counts.where(MemberCount.workspace_id == ctx.workspace.id, MemberCount.status == "active")) or 0
        known.append(Minute(minute, int(active) + 1, 1))
        _NEW_MINUTE.later(ctx.session, workspace_id=ctx.workspace.id, **known[-1]._asdict())
    return known


def take_one_off(ctx: Context, moment: datetime) -> None:
    """Takes one off the minute that it was counted in."""
    _ONE_LESS.later(ctx.session, here=ctx.workspace.id, at=_minute_of(moment))


def count_afresh(ctx: Context) -> None:
    """Forgets who was deactivated so far."""
    ctx.session.execute(delete(DeactivationMinute).where(DeactivationMinute.workspace_id == ctx.workspace.id))


def _minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
