"""The HTTP kit that every boundary stands on: tenancy, session, guards, transactions, errors, templating, logs."""

from __future__ import annotations

from flask import Flask

from portal.web import (
    errors,
    forwarded,
    headers,
    health,
    logs,
    mailer,
    metrics,
    names,
    session,
    slow_queries,
    templating,
    tenancy,
    transactions,
)
from portal.web.unread import UnreadBodies


def init_app(app: Flask) -> None:
    """Wires the kit into the application; the order of the hooks is the order of a request."""
    forwarded.init_app(app, app.config["SETTINGS"].proxies)
    app.wsgi_app = UnreadBodies(app.wsgi_app)  # type: ignore[method-assign]
    logs.init_app(app)
    mailer.init_app(app)
    transactions.init_app(app)
    tenancy.init_app(app)
    session.init_app(app)
    headers.init_app(app)
    templating.init_app(app)
    names.init_app(app)
    errors.init_app(app)
    health.init_app(app)
    metrics.init_app(app)
    slow_queries.init_app(app)
