"""`portal db`: the schema, by migrations only."""

from __future__ import annotations

import click
import flask_migrate

from portal.commands.base import application


@click.group(help="The database's schema.")
def db() -> None:
    """The group of schema commands."""


@db.command(help="Brings the schema to the newest version; safe to run again, and while the portal serves.")
def upgrade() -> None:
    """Runs every migration that is missing."""
    with application():
        flask_migrate.upgrade()
        click.echo("The schema is up to date.")


@db.command(help="Shows the schema's version.")
def current() -> None:
    """Prints the revision the database stands at."""
    with application():
        flask_migrate.current()
