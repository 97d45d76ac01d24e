"""The slow-query log: statements that took longer than a setting, without their parameters."""

from __future__ import annotations

import re
import time
from typing import Any

import structlog
from flask import Flask, has_request_context, request
from sqlalchemy import event

from portal.extensions import db

log = structlog.get_logger()
_SPACE = re.compile(r"\s+")
_LONGEST = 2000


def init_app(app: Flask) -> None:
    """Measures every statement of the application's engine, unless the setting is 0."""
    longest = app.config["SETTINGS"].slow_query_ms / 1000
    if not longest:
        return
    with app.app_context():
        engine = db.engine

    # With a return value, or SQLAlchemy wraps it in a function that has one.
    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _begin(_connection: Any, _cursor: Any, statement: str, parameters: Any, context: Any, _many: bool) -> tuple[str, Any]:
        if context is not None:
            context.began = time.perf_counter()
        return statement, parameters

    @event.listens_for(engine, "after_cursor_execute")
    def _end(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        if context is not None and (took := time.perf_counter() - context.began) > longest:
            _tell(statement, took)


def _tell(statement: str, took: float) -> None:
    rule = request.url_rule.rule if has_request_context() and request.url_rule else ""
    log.warning("slow-query", ms=round(took * 1000, 1), route=rule, statement=_SPACE.sub(" ", statement)[:_LONGEST])
