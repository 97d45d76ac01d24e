"""Somebody who owns the tables: the triggers that guard the audit log are out of their way for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

GUARDS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entries'")


@contextmanager
def unguarded(database: Session) -> Iterator[None]:
    """Within it entries can be changed; the guards are back afterwards, or with a roll-back."""
    if database.get_bind().dialect.name == "postgresql":
        database.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
        yield
        database.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER USER"))
        return
    guards = database.execute(GUARDS).all()
    for name, _ in guards:
        database.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _, statement in guards:
        database.execute(text(statement))
