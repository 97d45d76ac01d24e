"""The two logs: what provisioning did, and who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified


class ProvisioningEvent(Identified, Base):
    """A SCIM request that wrote or failed.

    `operation` is create, link, update, deactivate, reactivate, delete, add-members, …; `resource_type` is User or Group or empty.
    `request_body` is redacted.
    """

    __tablename__ = "provisioning_events"
    __table_args__ = (
        Index("ix_provisioning_events_workspace_id_at", "workspace_id", "at", "id"),
        Index("ix_provisioning_events_operation", "workspace_id", "operation", "succeeded", "at", "id"),
        Index("ix_provisioning_events_succeeded", "workspace_id", "succeeded", "at", "id"),
        Index("ix_provisioning_events_resource_id", "resource_id"),
    )

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    token_id: Mapped[str | None] = mapped_column(String(36))
    client: Mapped[str] = mapped_column(String(200), default="")
    method: Mapped[str] = mapped_column(String(10))
    path: Mapped[str] = mapped_column(String(2048))
    operation: Mapped[str] = mapped_column(String(30))
    resource_type: Mapped[str] = mapped_column(String(20), default="")
    resource_id: Mapped[str | None] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(400), default="")
    succeeded: Mapped[bool]
    status: Mapped[int]
    scim_type: Mapped[str] = mapped_column(String(30), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request_body: Mapped[str] = mapped_column(Text, default="")
    request_id: Mapped[str] = mapped_column(String(40), default="")
    ip: Mapped[str] = mapped_column(String(45), default="")


class AuditEntry(Identified, Base):
    """Who did what; each entry's `hash` covers the entry and the hash before it, so that a change or a gap shows."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("uq_audit_entries_seq", "workspace_id", "seq", unique=True),
        Index("ix_audit_entries_subject_id", "subject_id"),
        Index("ix_audit_entries_at", "workspace_id", "at", "seq"),
        Index("ix_audit_entries_action", "workspace_id", "action", "at", "seq"),
    )

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    seq: Mapped[int]
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str | None] = mapped_column(String(36))
    actor_label: Mapped[str] = mapped_column(String(400))
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str | None] = mapped_column(String(64))
    subject_label: Mapped[str] = mapped_column(String(400))
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ip: Mapped[str] = mapped_column(String(45), default="")
    request_id: Mapped[str] = mapped_column(String(40), default="")
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class SetupMilestone(Base):
    """When a step of the set-up first really happened: metadata, sign-in, test-call, first-user, first-group."""

    __tablename__ = "setup_milestones"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime]
