"""`portal keys`: the keys that encrypt secrets at rest."""

from __future__ import annotations

import click
from cryptography.fernet import Fernet
from sqlalchemy import select

from portal.commands.base import application
from portal.extensions import db
from portal.models import OutgoingMail, SamlKey


@click.group(help="The keys that encrypt secrets at rest.")
def keys() -> None:
    """The group of key commands."""


@keys.command(help="Prints a new key for PORTAL_ENCRYPTION_KEYS.")
def generate() -> None:
    """Needs no settings."""
    click.echo(Fernet.generate_key().decode())


@keys.command(help="Encrypts every secret at rest anew with the first key of PORTAL_ENCRYPTION_KEYS.")
def rotate() -> None:
    """After it the older keys can be taken out of the setting."""
    with application() as app:
        rows = list(db.session.scalars(select(SamlKey).with_for_update()))
        for row in rows:
            row.private_key = app.config["VAULT"].rotate(row.private_key)
        waiting = list(db.session.scalars(select(OutgoingMail).where(OutgoingMail.secret_path.is_not(None)).with_for_update()))
        for mail in waiting:
            mail.secret_path = app.config["VAULT"].rotate(mail.secret_path)
        click.echo(f"{len(rows) + len(waiting)} secrets are encrypted with the first key.")
