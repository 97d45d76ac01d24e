"""Deactivations by a directory, counted by the minute, and those that were so many that the owners are told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified


class DeactivationMinute(Base):
    """How many members a directory deactivated in a minute, and how many were active just before.

    At most sixty rows of a workspace count, however many members it has.
    """

    __tablename__ = "deactivation_minutes"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    active_before: Mapped[int]
    deactivated: Mapped[int] = mapped_column(default=0)


class Deactivation(Base):
    """A member whom a directory deactivated or removed and nobody reactivated since.

    `event_id` is the mass deactivation that it belongs to; `group_ids` are the groups that a removed member was in.
    """

    __tablename__ = "deactivations"
    __table_args__ = (Index("ix_deactivations_at", "workspace_id", "at"), Index("ix_deactivations_event_id", "event_id"))

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
    event_id: Mapped[str | None] = mapped_column(String(36))
    group_ids: Mapped[list[str]] = mapped_column(default=list)


class MassDeactivation(Identified, Base):
    """More deactivations within an hour than the workspace finds usual, from the first to the last of them.

    `deactivated` of `active_before` members. `held_at` is set when further ones are refused, `refused` counts those,
    `let_through_until` ends that. `closed_at` is set when an admin has decided and nothing is left to undo.
    """

    __tablename__ = "mass_deactivations"
    __table_args__ = (Index("ix_mass_deactivations_workspace_id", "workspace_id", "closed_at", "began_at"),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    began_at: Mapped[datetime]
    last_at: Mapped[datetime]
    deactivated: Mapped[int]
    active_before: Mapped[int]
    token_id: Mapped[str | None] = mapped_column(String(36))
    token_name: Mapped[str] = mapped_column(String(400))
    held_at: Mapped[datetime | None]
    refused: Mapped[int] = mapped_column(default=0)
    let_through_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def holding(self) -> bool:
        """Whether further deactivations are refused on account of this one."""
        return self.held_at is not None and self.let_through_until is None and self.closed_at is None
