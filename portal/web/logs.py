"""Logs: one JSON line a request, each with the request id that error pages show; never a query string, header or body."""

from __future__ import annotations

import logging
import re
import sys
import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger()
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,40}")


def init_app(app: Flask) -> None:
    """Configures JSON logging to standard error, and the line each request leaves."""
    level = getattr(logging, app.config["SETTINGS"].log_level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Whatever standard error is when a line is written: who redirects or captures it later still gets the lines.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    # Flask's own line about an exception names the path, which can hold a one-time link's secret; `web.errors` logs the route.
    app.logger.disabled = True
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _GIVEN.fullmatch(given) else uuid4().hex
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    rule = request.url_rule.rule if request.url_rule else ""
    workspace = g.get("workspace")
    log.info(
        "request",
        method=request.method,
        route=rule,
        status=response.status_code,
        ms=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
        workspace=workspace.slug if workspace else "",
    )
    return response
