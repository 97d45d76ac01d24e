"""`portal doctor`: checks settings, database, keys and clock, and says what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import click
import redis
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from portal import create_app
from portal.config import ROOT, SettingsError
from portal.extensions import db
from portal.models import CustomRole, Member, SamlKey, Workspace
from portal.profile import ProfileError
from portal.vault import UndecryptableError

Check = Callable[[Flask], Iterator[str]]


@click.command(help="Checks settings, database, keys and clock, and says what is wrong.")
def doctor() -> None:
    """Exit status 1 when anything is wrong."""
    try:
        app = create_app()
    except (SettingsError, ProfileError) as error:
        click.echo(f"wrong  settings\n{error}")
        sys.exit(1)
    click.echo("fine   settings")
    wrong = 0
    with app.app_context():
        for name, check in CHECKS.items():
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
        return [f"the database does not answer: {str(error).splitlines()[0]}"]
    finally:
        db.session.rollback()


def _database(_app: Flask) -> Iterator[str]:
    if db.session.scalar(text("SELECT 1")) != 1:
        yield "the database gives wrong answers"


def _schema(_app: Flask) -> Iterator[str]:
    head = ScriptDirectory(str(ROOT / "portal" / "migrations")).get_current_head()
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != head:
        yield f"the schema is at {current or 'nothing'}, the code needs {head}: run portal db upgrade"


def _keys(app: Flask) -> Iterator[str]:
    for row in db.session.scalars(select(SamlKey)):
        try:
            app.config["VAULT"].decrypt(row.private_key)
        except UndecryptableError:
            yield f"no key of PORTAL_ENCRYPTION_KEYS opens the SAML key of workspace {row.workspace_id}: add the key it was made with"


def _clock(_app: Flask) -> Iterator[str]:
    if db.engine.dialect.name != "postgresql":
        return
    theirs = db.session.scalar(select(func.clock_timestamp()))
    apart = abs((datetime.now(UTC) - theirs).total_seconds()) if theirs else 0
    if apart > 30:
        yield f"this machine's clock and the database's are {apart:.0f} s apart: SAML allows 3 minutes, use NTP"


def _redis(app: Flask) -> Iterator[str]:
    url = app.config["SETTINGS"].redis_url
    if url:
        try:
            redis.Redis.from_url(url, socket_timeout=3).ping()
        except redis.RedisError as error:
            yield f"Redis does not answer: {error}"


def _roles(app: Flask) -> Iterator[str]:
    known = [role.key for role in app.config["PROFILE"].roles]
    query = select(Member.role, func.count()).where(Member.role.not_in(known), Member.status != "removed").group_by(Member.role)
    for role, count in db.session.execute(query):
        yield f"{count} members have the role “{role}”, which the profile lacks: give them another one on the Members page"
    orphans = db.session.scalar(select(func.count()).where(CustomRole.base_role.not_in(known)))
    if orphans:
        yield f"{orphans} custom roles stand on a base role that the profile lacks: choose another base on the Roles page"


def _seats(app: Flask) -> Iterator[str]:
    paid = [role.key for role in app.config["PROFILE"].roles if role.paid]
    used = (
        select(func.count())
        .where(
            Member.workspace_id == Workspace.id,
            Member.status == "active",
            Member.role.in_(paid),
        )
        .scalar_subquery()
    )
    for slug, counted, real in db.session.execute(select(Workspace.slug, Workspace.seats_used, used).where(Workspace.seats_used != used)):
        yield f"{slug} counts {counted} used seats, but {real} active members have a paid role"


CHECKS: dict[str, Check] = {
    "database": _database,
    "schema": _schema,
    "encryption keys": _keys,
    "clock": _clock,
    "redis": _redis,
    "roles": _roles,
    "seats": _seats,
}
