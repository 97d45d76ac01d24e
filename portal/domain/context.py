"""The first argument of every domain verb."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.actors import Actor
from portal.models import Workspace
from portal.profile import Profile


@dataclass
class Context:
    """One workspace, seen by one actor at one moment, over one database session."""

    session: Session
    workspace: Workspace
    profile: Profile
    actor: Actor
    now: datetime
    locked_in: Any = field(default=None, repr=False)
    ahead: dict[Any, tuple[Any, ...] | None] = field(default_factory=dict, repr=False)
    """The first rows of statements that were asked together with the lock, until what they read is changed or the lock is asked again."""

    def by(self, actor: Actor) -> Context:
        """The same context for another actor."""
        return replace(self, actor=actor)


def lock(ctx: Context) -> None:
    """Takes the workspace's row lock until the transaction ends; members, groups, seats and the audit log change only under it.

    Everything loaded before is read again, so that no stale value is written back. SQLite serializes writers by itself.
    """
    transaction = ctx.session.get_transaction()
    if transaction is not None and ctx.locked_in is transaction:
        return
    ctx.ahead.clear()
    ctx.session.flush()
    ctx.session.expire_all()
    statement = select(Workspace).where(Workspace.id == ctx.workspace.id).with_for_update()
    ctx.workspace = ctx.session.scalars(statement.execution_options(populate_existing=True)).one()
    ctx.locked_in = ctx.session.get_transaction()


def once_id(ctx: Context, once: str) -> str:
    """The id of what a form makes: the same for the same text `once` in this workspace, so that a form sent again is seen; else random."""
    return str(uuid5(UUID(ctx.workspace.id), once) if once else uuid4())
