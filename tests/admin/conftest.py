"""What tests of pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from portal.extensions import db


@pytest.fixture
def count_queries(app: Flask) -> Callable[[Callable[[], Any]], int]:
    """How many statements the database runs while something is done: `count_queries(lambda: page.open("/groups"))`."""

    def count(act: Callable[[], Any]) -> int:
        statements: list[str] = []
        with app.app_context():
            engine = db.engine

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "UPDATE sessions")):  # the last use of a session is noted once a minute
                statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            act()
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(statements)

    return count
