"""`portal token`: header tokens towards SCIM."""

from __future__ import annotations

from datetime import timedelta

import click

from portal.commands.base import in_workspace
from portal.domain import tokens


@click.group(help="Header tokens towards SCIM.")
def token() -> None:
    """The group of token commands."""


@token.command(help="Makes a token and prints it, once.")
@click.argument("slug")
@click.option("--name", required=True, help="What the token is for.")
@click.option(
    "--scope",
    "scope",
    multiple=True,
    help="A scope; give it several times for several. All scopes when left out.",
)
@click.option(
    "--expires-in",
    type=int,
    metavar="DAYS",
    help="Days until it expires; never when left out.",
)
def create(slug: str, name: str, scope: tuple[str, ...], expires_in: int | None) -> None:
    """Only the secret goes to standard output."""
    with in_workspace(slug) as ctx:
        life = None if expires_in is None else timedelta(days=min(max(expires_in, -1), 10_000))
        _, secret = tokens.make(ctx, name=name, scope=list(scope) or None, expires_in=life)
        ctx.session.commit()
        click.echo(secret)
