"""`portal repair`: counters and search made anew where `portal doctor --deep` found them off."""

from __future__ import annotations

import click

from portal.commands.base import application, in_workspace
from portal.domain import repair as domain
from portal.domain import workspaces
from portal.extensions import db


@click.command(help="Counts seats, members and groups anew and makes them findable, where doctor --deep found them off.")
@click.argument("slug", required=False)
def repair(slug: str | None) -> None:
    """One workspace, or all, each in a transaction of its own; safe while the portal serves."""
    with application():
        slugs = [slug] if slug else [workspace.slug for workspace in workspaces.all_of(db.session())]
    for name in slugs:
        with in_workspace(name) as ctx:
            wrong = domain.repair(ctx)
        for sentence in wrong:
            click.echo(f"{name}: was: {sentence}")
    click.echo(f"{len(slugs)} {'workspace' if len(slugs) == 1 else 'workspaces'} looked at.")
