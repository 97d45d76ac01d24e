"""What members and groups are found by."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base

# Compared byte by byte on both databases, so that a prefix is one range of the primary key.
Term = String(100).with_variant(String(100, collation="C"), "postgresql")


class SearchTerm(Base):
    """A folded text that finds a member or group by its beginning; `kind` is member or group."""

    __tablename__ = "search_terms"
    __table_args__ = (Index("ix_search_terms_subject_id", "subject_id"),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    term: Mapped[str] = mapped_column(Term, primary_key=True)
    subject_id: Mapped[str] = mapped_column(String(36), primary_key=True)
