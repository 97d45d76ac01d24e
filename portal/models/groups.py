"""Groups and who is in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified


class Group(Identified, Base):
    """A team of members; `provisioned` when a directory pushed or linked it. `seq`, `attributes`, `version` as for members."""

    __tablename__ = "groups"
    __table_args__ = (
        Index("uq_groups_display_name", "workspace_id", "display_name_folded", unique=True),
        Index("uq_groups_seq", "workspace_id", "seq", unique=True),
        Index("ix_groups_external_id", "workspace_id", "external_id"),
    )

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    seq: Mapped[int]
    display_name: Mapped[str] = mapped_column(String(400))
    display_name_folded: Mapped[str] = mapped_column(String(800))
    external_id: Mapped[str | None] = mapped_column(String(400))
    provisioned: Mapped[bool] = mapped_column(default=False)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]


class GroupBucket(Base):
    """How many groups have a `seq` from `bucket * 512` to below `(bucket + 1) * 512`, as `MemberBucket` for members."""

    __tablename__ = "group_buckets"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True)
    groups: Mapped[int] = mapped_column(default=0)


class GroupMember(Base):
    """One member's place in one group; the key keeps concurrent adds from losing or doubling anyone."""

    __tablename__ = "group_members"
    __table_args__ = (Index("ix_group_members_member_id", "member_id"),)

    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    added_at: Mapped[datetime]
