"""What `portal doctor` looks at: each check yields a sentence for each thing that is wrong, and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import redis
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, select, text

from portal import smtp
from portal.config import ROOT, Settings
from portal.domain import invariants, outbox, retired, workspaces
from portal.domain.actors import OPERATOR
from portal.domain.context import Context
from portal.extensions import db, read_only
from portal.models import CustomRole, OutgoingMail, SamlKey, Workspace
from portal.vault import UndecryptableError

Check = Callable[[Flask], Iterator[str]]
ENOUGH = 256 * 1024 * 1024  # bytes that should be free


def _settings(app: Flask) -> Iterator[str]:
    settings: Settings = app.config["SETTINGS"]
    if settings.base_domain.endswith(".localhost"):
        return
    if not settings.https:
        yield "PORTAL_BASE_URL is http: passwords, tokens and cookies travel in clear; serve https and say so"
    if settings.allow_private_network:
        yield "PORTAL_ALLOW_PRIVATE_NETWORK is on: admins can make the portal call addresses of your own network; it is for trials only"
    if settings.https and not settings.proxies:
        yield "PORTAL_TRUSTED_PROXIES is 0: behind a proxy all visitors count as one address; name how many there are, or their addresses"


def _database(_app: Flask) -> Iterator[str]:
    if db.session.scalar(text("SELECT 1")) != 1:
        yield "the database gives wrong answers"


def _schema(_app: Flask) -> Iterator[str]:
    head = ScriptDirectory(str(ROOT / "portal" / "migrations")).get_current_head()
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != head:
        yield f"the schema is at {current or 'nothing'}, the code needs {head}: run portal db upgrade"


def _disk(app: Flask) -> Iterator[str]:
    url = db.engine.url
    where = Path(url.database or "").parent if url.get_backend_name() == "sqlite" else Path(app.config["SETTINGS"].instance_path)
    try:
        free = shutil.disk_usage(where).free
    except OSError as error:
        yield f"{where} cannot be looked at: {error.strerror}; make it, and let the portal write there"
        return
    if free < ENOUGH:
        yield f"{free // 1024**2} MB are free in {where}: writes stop when it is full; make room"


def _keys(app: Flask) -> Iterator[str]:
    for row in db.session.scalars(select(SamlKey).execution_options(yield_per=500)):
        try:
            app.config["VAULT"].decrypt(row.private_key)
        except UndecryptableError:
            yield f"no key of PORTAL_ENCRYPTION_KEYS opens the SAML key of workspace {row.workspace_id}: add the key it was made with"
    for mail in db.session.scalars(select(OutgoingMail).where(OutgoingMail.secret_path.is_not(None))):
        try:
            app.config["VAULT"].decrypt(mail.secret_path or "")
        except UndecryptableError:
            yield f"no key of PORTAL_ENCRYPTION_KEYS opens the link in mail {mail.id}: add the key it was made with"


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
            redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3).ping()
        except redis.RedisError as error:
            yield f"Redis does not answer: {error}; until it does, each process counts attempts for itself"


def _mail(app: Flask) -> Iterator[str]:
    server = app.config["SETTINGS"].mail_server
    if server is None:
        return
    try:
        smtp.check(server)
    except smtp.NotSentError as error:
        yield f"the mail server of PORTAL_SMTP_URL does not take us: {error}"
    late = outbox.late(db.session(), datetime.now(UTC))
    if late:
        yield f"{late} mails wait for an hour or longer: see the lines mail-failed of the log, and run portal notify regularly"


def _roles(app: Flask) -> Iterator[str]:
    known = [role.key for role in app.config["PROFILE"].roles]
    for slug, found in retired.everywhere(db.session(), app.config["PROFILE"]):
        yield retired.sentence(slug, found)
    orphans = db.session.scalar(select(func.count()).where(CustomRole.base_role.not_in(known)))
    if orphans:
        yield f"{orphans} custom roles stand on a base role that the profile lacks: choose another base on the Roles page"


def _plans(app: Flask) -> Iterator[str]:
    for _, sentence in retired.plans(db.session(), app.config["PROFILE"]):
        yield sentence


def _invariants(app: Flask) -> Iterator[str]:
    read_only()
    for slug in db.session.scalars(select(Workspace.slug).order_by(Workspace.slug)).all():
        # One snapshot for each workspace, so that what is written meanwhile is seen whole or not at all.
        db.session.rollback()
        if db.engine.dialect.name == "postgresql":
            db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        workspace = workspaces.get(db.session(), slug)
        ctx = Context(db.session(), workspace, app.config["PROFILE"], OPERATOR, datetime.now(UTC))
        for sentence in invariants.broken(ctx):
            yield f"{slug}: {sentence}"


CHECKS: dict[str, Check] = {
    "settings": _settings,
    "database": _database,
    "schema": _schema,
    "disk": _disk,
    "encryption keys": _keys,
    "clock": _clock,
    "redis": _redis,
    "mail": _mail,
    "roles": _roles,
    "plans": _plans,
}
DEEP: dict[str, Check] = {"every workspace": _invariants}
