"""What commands share: the application, and a transaction that ends with the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from flask import Flask

from portal import create_app
from portal.domain import workspaces
from portal.domain.actors import OPERATOR
from portal.domain.context import Context, lock
from portal.extensions import db, writable


@contextmanager
def application() -> Iterator[Flask]:
    """The application with its context pushed; commits at the end, rolls back on a raise."""
    app = create_app()
    with app.app_context():
        writable()
        try:
            yield app
            db.session.commit()
        finally:
            db.session.remove()
            db.engine.dispose()


def send_mail(app: Flask) -> None:
    """Sends what was committed just now and what waited, and says on standard error how it went; does nothing without a mail server."""
    done = app.extensions["portal-mailer"].deliver()
    if done.sent:
        click.echo(f"{done.sent} {'mail' if done.sent == 1 else 'mails'} sent.", err=True)
    for failure in done.failures:
        click.echo(f"A mail was not sent: {failure}.", err=True)


@contextmanager
def in_workspace(slug: str) -> Iterator[Context]:
    """The context of a workspace, acting as the operator; raises NotFound."""
    with application() as app:
        workspace = workspaces.get(db.session(), slug)
        ctx = Context(db.session(), workspace, app.config["PROFILE"], OPERATOR, datetime.now(UTC))
        lock(ctx)
        yield ctx
