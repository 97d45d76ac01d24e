"""`portal oauth-client`: catalog clients, which every workspace can consent to."""

from __future__ import annotations

import click

from portal.commands.base import application
from portal.domain import clients
from portal.extensions import db


@click.group("oauth-client", help="OAuth clients that every workspace can consent to.")
def oauth_client() -> None:
    """The group of client commands."""


@oauth_client.command(help="Registers a client and prints its id and secret.")
@click.option("--name", required=True, help="Who asks, as the consent page says it.")
@click.option(
    "--okta-app",
    required=True,
    metavar="APPNAME",
    help="The app's name in Okta; the five Okta callbacks follow from it.",
)
@click.option(
    "--redirect-uri",
    "redirect_uri",
    multiple=True,
    help="A further redirect URI, matched exactly.",
)
def create(name: str, okta_app: str, redirect_uri: tuple[str, ...]) -> None:
    """The secret is shown once."""
    with application():
        client, secret = clients.register_catalog(db.session(), name=name, okta_app=okta_app, redirect_uris=list(redirect_uri))
        db.session.commit()
        click.echo(f"client_id: {client.client_id}")
        click.echo(f"client_secret: {secret}")
