"""Mail that waits to be sent, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified


class OutgoingMail(Identified, Base):
    """A mail written into the outbox in the transaction that it tells of.

    `kind` names its pair of templates, `facts` is what they say. `secret_path` is the path of a one-time link, encrypted, and gone
    once the mail is finished. `next_try_at` is when it is sent next, None once it is finished: `sent_at` or `given_up_at` says how.
    `once` is unique, so that a warning goes out a single time.
    """

    __tablename__ = "outgoing_mails"
    __table_args__ = (
        Index("ix_outgoing_mails_next_try_at", "next_try_at"),
        Index("ix_outgoing_mails_member_id", "workspace_id", "member_id", "created_at"),
        Index("uq_outgoing_mails_once", "once", unique=True),
    )

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    member_id: Mapped[str] = mapped_column(String(36))
    recipient: Mapped[str] = mapped_column(String(320))
    kind: Mapped[str] = mapped_column(String(30))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secret_path: Mapped[str | None] = mapped_column(Text)
    once: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
