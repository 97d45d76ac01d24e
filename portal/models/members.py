"""Members, and the lists their details point to."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified


class Member(Identified, Base):
    """A person in one workspace.

    `user_name` keeps the case it was given; `*_folded` are its casefolded twins for look-ups. `role` is a built-in role's key, the base
    role's when `custom_role_id` is set. `attributes` holds the SCIM attributes (2.0 shape) that no column models, exactly as received.
    `seq` numbers the members of a workspace in order of creation and never changes. `status` is active, inactive or removed
    (deleted by SCIM; kept for history, its user name free again). `source` is manual, sso or scim; `provisioned` says SCIM manages it.
    `version` counts writes, for the ETag. `wire` is the member as SCIM serves it, good while `wire_at` is `modified_at`; see
    `portal.scim.stored`.
    """

    __tablename__ = "members"
    __table_args__ = (
        Index("uq_members_user_name", "workspace_id", "user_name_folded", unique=True),
        Index("ix_members_email", "workspace_id", "email_folded"),
        Index("ix_members_external_id", "workspace_id", "external_id"),
        Index("uq_members_seq", "workspace_id", "seq", unique=True),
        Index("ix_members_modified_at", "workspace_id", "modified_at", "seq"),
        # Those whose `active` SCIM took away, which leaves a null: few, so that the others are counted by `MemberCount`.
        Index(
            "ix_members_active_taken_away",
            "workspace_id",
            "status",
            sqlite_where=text("json_type(attributes, '$.active') = 'null'"),
            postgresql_where=text("attributes -> 'active' = 'null'::jsonb"),
        ),
        # Each filter of the members list walks one of these in order of `seq`.
        Index("ix_members_status", "workspace_id", "status", "seq"),
        Index("ix_members_origin", "workspace_id", "provisioned", "source", "status", "seq"),
        Index("ix_members_owner", "workspace_id", sqlite_where=text("owner = 1"), postgresql_where=text("owner")),
        Index("ix_members_role", "workspace_id", "role", "custom_role_id", "provisioned", "source", "status", "seq"),
    )

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    seq: Mapped[int]
    user_name: Mapped[str] = mapped_column(String(320))
    user_name_folded: Mapped[str | None] = mapped_column(String(640))
    email: Mapped[str | None] = mapped_column(String(320))
    email_folded: Mapped[str | None] = mapped_column(String(640))
    external_id: Mapped[str | None] = mapped_column(String(400))
    given_name: Mapped[str] = mapped_column(String(200), default="")
    family_name: Mapped[str] = mapped_column(String(200), default="")
    display_name: Mapped[str] = mapped_column(String(400), default="")
    title: Mapped[str | None] = mapped_column(String(400))
    department: Mapped[str | None] = mapped_column(String(400))
    organization: Mapped[str | None] = mapped_column(String(400))
    division: Mapped[str | None] = mapped_column(String(400))
    manager: Mapped[str | None] = mapped_column(String(400))
    user_type: Mapped[str] = mapped_column(String(63))
    role: Mapped[str] = mapped_column(String(63))
    custom_role_id: Mapped[str | None] = mapped_column(ForeignKey("custom_roles.id"))
    permission_set: Mapped[str | None] = mapped_column(String(63))
    cost_rate: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    owner: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(10), default="active")
    source: Mapped[str] = mapped_column(String(10))
    provisioned: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    wire: Mapped[str | None] = mapped_column(Text, deferred=True)
    wire_at: Mapped[datetime | None] = mapped_column(deferred=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]

    @property
    def active(self) -> bool:
        """Whether the member may sign in and uses a seat if its role is paid."""
        return self.status == "active"


class MemberBucket(Base):
    """How many members, not removed, have a `seq` from `bucket * 512` to below `(bucket + 1) * 512`.

    Finds a deep page without walking to it.
    """

    __tablename__ = "member_buckets"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True)
    members: Mapped[int] = mapped_column(default=0)


class MemberCount(Base):
    """How many members, not removed, share role, custom role (empty when none), origin and status.

    Tells what each role uses and how long a filtered list is, without counting members. `origin` is okta, sso or manual.
    """

    __tablename__ = "member_counts"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(63), primary_key=True)
    custom_role_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    origin: Mapped[str] = mapped_column(String(10), primary_key=True)
    status: Mapped[str] = mapped_column(String(10), primary_key=True)
    members: Mapped[int] = mapped_column(default=0)


class Company(Identified, Base):
    """A company of a workspace: created when SCIM first names it."""

    __tablename__ = "companies"
    __table_args__ = (Index("uq_companies_name", "workspace_id", "name_folded", unique=True),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(400))
    name_folded: Mapped[str] = mapped_column(String(800))
    created_at: Mapped[datetime]


class Subsidiary(Identified, Base):
    """A subsidiary of a workspace: made by hand; SCIM's `division` must name one."""

    __tablename__ = "subsidiaries"
    __table_args__ = (Index("uq_subsidiaries_name", "workspace_id", "name_folded", unique=True),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(400))
    name_folded: Mapped[str] = mapped_column(String(800))
    created_at: Mapped[datetime]
