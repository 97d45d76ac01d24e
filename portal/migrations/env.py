"""Runs migrations against the application's database; started by `portal db` and by Alembic."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from portal import statistics
from portal.extensions import db
from portal.models import Base
from portal.models.base import UtcDateTime


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """How new migrations write our own type: as the plain one, so that old migrations need no code of today."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run() -> None:
    """Runs the missing revisions in one transaction each, over the application's own engine."""
    engine = db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=engine.dialect.name == "sqlite",
            compare_type=True,
            render_item=render,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        statistics.teach(connection)
        connection.commit()


run()
