"""Databases for tests: migrated once for a run and kind, copied for each worker, emptied before each test."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import flask_migrate
import psycopg
from psycopg import sql

from portal import create_app
from portal.extensions import db
from portal.models import Base
from tests.support import services
from tests.support.settings import settings

KINDS = ("sqlite", "postgresql")


def create(kind: str, name: str) -> str:
    """A new, migrated, empty database of `kind` called `name`, in place of one that was called so; returns its URL."""
    drop(kind, name)
    if kind == "sqlite":
        path = _sqlite_path(name)
        shutil.copyfile(_sqlite_path(template(kind)), path)
        return f"sqlite:///{path}"
    _create_postgresql(name, template(kind))
    return services.postgresql_url(name)


def copy_to(directory: Path) -> Path:
    """A new, migrated, empty SQLite database in a directory."""
    return Path(shutil.copyfile(_sqlite_path(template("sqlite")), directory / "portal.sqlite3"))


def create_unmigrated(kind: str, name: str) -> str:
    """A new database without a single table; returns its URL."""
    if kind == "sqlite":
        return f"sqlite:///{_sqlite_path(name)}"
    _create_postgresql(name, "template0")
    return services.postgresql_url(name)


def drop(kind: str, name: str) -> None:
    """Removes the database `name` if there is one."""
    if kind == "sqlite":
        for file in _sqlite_path(name).parent.glob(f"{name}.sqlite3*"):
            file.unlink()
        return
    with psycopg.connect(services.postgresql_url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def empty(url: str) -> None:
    """Deletes every row; tables and the schema's version stay."""
    tables = [table.name for table in Base.metadata.sorted_tables]
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10) as database:
            for name in tables:
                database.execute(f'DELETE FROM "{name}"')  # noqa: S608
        database.close()
        return
    statements: list[sql.Composable] = [sql.SQL("SET LOCAL session_replication_role = replica")]  # no foreign keys and no triggers for once
    statements += [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables]
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("; ").join(statements))


def template(kind: str) -> str:
    """The name of the run's migrated, empty database of a kind, to be copied."""
    name = f"template_{kind}"
    done = services.run_directory() / name
    with services.one_at_a_time(name):
        if not done.exists():
            migrate(create_unmigrated(kind, name))
            done.touch()
    return name


def migrate(url: str) -> None:
    """Runs every migration on the database at `url`."""
    app = create_app(settings(database_url=url))
    with app.app_context():
        flask_migrate.upgrade()
        db.session.remove()
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect() as connection:  # so that the one file is the whole database
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()


def _sqlite_path(name: str) -> Path:
    return services.memory_directory() / f"{name}.sqlite3"


def _create_postgresql(name: str, source: str) -> None:
    with psycopg.connect(services.postgresql_url("postgres"), autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(source)))
