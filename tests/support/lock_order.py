"""Watches that a workspace's lock is taken before anything is written.

On PostgreSQL a row that points to a workspace shares the workspace's row until the transaction ends, and a changed row is its
transaction's own: whoever writes first and locks then can wait for somebody who waits for them, until the server ends one of both.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

found: list[str] = []
_STATE = "tests.lock_order"
_WRITING = ("INSERT", "UPDATE", "DELETE", "WITH")


def listen() -> None:
    """Keeps each statement in `found` that was run before the lock which the same transaction then took."""
    event.listen(Engine, "before_cursor_execute", _look)
    for end in ("begin", "commit", "rollback"):
        event.listen(Engine, end, _forget)


def _look(connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
    if connection.dialect.name != "postgresql":
        return
    said = statement.lstrip()
    if "workspaces" in said and "FOR UPDATE" in said:
        found.extend(connection.info.get(_STATE) or ())
        connection.info[_STATE] = None
    elif said.startswith("INSERT INTO workspaces"):  # nobody else sees it yet
        connection.info[_STATE] = None
    elif said.upper().startswith(_WRITING) and (before := connection.info.setdefault(_STATE, [])) is not None:
        before.append(statement)


def _forget(connection: Any) -> None:
    if not connection.invalidated:
        connection.info.pop(_STATE, None)
