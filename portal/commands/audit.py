"""`portal audit`: is the log whole?"""

from __future__ import annotations

import sys

import click

from portal.commands.base import in_workspace
from portal.domain import audit as domain


@click.group(help="The audit log.")
def audit() -> None:
    """The group of audit commands."""


@audit.command(help="Checks a workspace's audit log and names the first altered or missing entry.")
@click.argument("slug")
def verify(slug: str) -> None:
    """Exit status 1 when an entry was altered or is missing."""
    with in_workspace(slug) as ctx:
        broken, last = domain.first_broken(ctx), ctx.workspace.audit_seq
    if broken is None:
        click.echo(f"All {last} entries are as they were written.")
        return
    click.echo(f"Entry {broken} was altered or is missing; the {broken - 1} before it are as they were written.")
    sys.exit(1)
