"""Watches that nothing is written while statements run one by one, without a transaction that could take them back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

from portal.extensions import looking_up

found: list[str] = []
_WRITING = ("INSERT", "UPDATE", "DELETE", "WITH")


def listen() -> None:
    """Keeps each such statement in `found`."""
    event.listen(Engine, "before_cursor_execute", _look)


def _look(connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
    if looking_up() and statement.lstrip().upper().startswith(_WRITING):
        found.append(statement)
