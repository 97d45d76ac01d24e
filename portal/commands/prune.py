"""`portal prune`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from portal.commands.base import application
from portal.domain import pruning
from portal.extensions import db


@click.command(help="Deletes what is past its use: expired requests, links, sessions and tokens, and old log rows.")
def prune() -> None:
    """Safe to run daily while the portal serves."""
    with application():
        for table, count in pruning.prune(db.session(), datetime.now(UTC)).items():
            click.echo(f"{table}: {count} deleted")
