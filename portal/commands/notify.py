"""`portal notify`: warns of what is about to end, and sends the mail that waits."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from portal.commands.base import application, send_mail
from portal.domain import expiry, workspaces
from portal.domain.actors import SYSTEM
from portal.domain.context import Context
from portal.extensions import db
from portal.web import mailer


@click.command(help="Mails owners what is about to end, once each, and sends mail that waits. Run it every hour.")
def notify() -> None:
    """Each workspace in a transaction of its own, so that none waits for another."""
    with application() as app:
        if not mailer.is_on():
            click.echo("PORTAL_SMTP_URL is not set: nothing is mailed.")
            return
        warnings = 0
        for workspace in workspaces.all_of(db.session()):
            warnings += expiry.warn(Context(db.session(), workspace, app.config["PROFILE"], SYSTEM, datetime.now(UTC)))
            db.session.commit()
        click.echo(f"{warnings} {'warning' if warnings == 1 else 'warnings'}")
        send_mail(app)
