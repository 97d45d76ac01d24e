"""Workspaces: one customer each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified


class Workspace(Identified, Base):
    """A customer with a subdomain, a plan and a number of seats.

    `seats` is None when unlimited. `seats_used`, `member_seq`, `group_seq`, `audit_seq` and `audit_head` are counters kept under the
    row's lock.
    `sso` is off, optional or required. `scim_override` is the operator's waiver of the SAML prerequisite.
    """

    __tablename__ = "workspaces"

    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    plan: Mapped[str] = mapped_column(String(63))
    seats: Mapped[int | None]
    seats_used: Mapped[int] = mapped_column(default=0)
    member_seq: Mapped[int] = mapped_column(default=0)
    group_seq: Mapped[int] = mapped_column(default=0)
    audit_seq: Mapped[int] = mapped_column(default=0)
    audit_head: Mapped[str] = mapped_column(String(64), default="")
    sso: Mapped[str] = mapped_column(String(10), default="off")
    scim_enabled: Mapped[bool] = mapped_column(default=False)
    scim_override: Mapped[bool] = mapped_column(default=False)
    scim_groups: Mapped[bool] = mapped_column(default=True)
    mass_deactivation_percent: Mapped[int] = mapped_column(default=20, server_default="20")
    hold_mass_deactivation: Mapped[bool] = mapped_column(default=False)
    log_days: Mapped[int] = mapped_column(default=90)
    created_at: Mapped[datetime]
