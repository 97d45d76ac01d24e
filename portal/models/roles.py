"""Custom roles; built-in ones stand in the profile."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified


class CustomRole(Identified, Base):
    """A workspace's variation of a built-in role, with the names of the apps it may not see."""

    __tablename__ = "custom_roles"
    __table_args__ = (Index("uq_custom_roles_name", "workspace_id", "name_folded", unique=True),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    name_folded: Mapped[str] = mapped_column(String(200))
    base_role: Mapped[str] = mapped_column(String(63))
    restricted_apps: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
