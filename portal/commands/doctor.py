"""`portal doctor`: checks settings, database, keys and clock, and says what is wrong."""

from __future__ import annotations

import sys

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from portal import create_app
from portal.commands.checks import CHECKS, DEEP, Check
from portal.config import SettingsError
from portal.extensions import db
from portal.profile_file import ProfileError
from portal.web.outages import reason


@click.command(help="Checks settings, database, keys and clock, and says what is wrong.")
@click.option("--deep", is_flag=True, help="Also read every workspace and check that counters, search, groups and the audit log agree.")
def doctor(deep: bool) -> None:
    """Exit status 1 when anything is wrong."""
    try:
        app = create_app()
    except (SettingsError, ProfileError) as error:
        click.echo(f"wrong  settings\n         {str(error).replace(chr(10), chr(10) + ' ' * 9)}")
        sys.exit(1)
    wrong = 0
    with app.app_context():
        for name, check in {**CHECKS, **(DEEP if deep else {})}.items():
            problems = _run(check, app)
            wrong += len(problems)
            click.echo(f"{'wrong' if problems else 'fine '}  {name}" + "".join(f"\n         {line}" for line in problems))
        db.session.remove()
        db.engine.dispose()
    sys.exit(1 if wrong else 0)


def _run(check: Check, app: Flask) -> list[str]:
    try:
        return list(check(app))
    except SQLAlchemyError as error:
        return [f"the database does not answer: {reason(error)}"]
    finally:
        db.session.rollback()
