"""`portal prune`, `portal backup`, `portal restore`."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import URL, inspect

from portal.commands.base import application
from portal.domain import pruning
from portal.extensions import db


@click.command(help="Deletes what is past its use: expired requests, links, sessions and tokens, and old log rows.")
def prune() -> None:
    """Safe to run daily while the portal serves."""
    with application():
        for table, count in pruning.prune(db.session(), datetime.now(UTC)).items():
            click.echo(f"{table}: {count} deleted")


@click.command(help="Writes a verified copy of the database to FILE while the portal serves. Keep it with PORTAL_ENCRYPTION_KEYS.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """The file is SQLite's own, or pg_dump's custom format; it appears under its name only when it is whole."""
    if file.exists():
        raise click.UsageError(f"{file} exists already.")
    partial = file.with_name(file.name + ".partial")
    with application():
        url = db.engine.url
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(Path(url.database or ""), partial)
        else:
            _run("pg_dump", "--format=custom", f"--file={partial}", *_target(url), url=url)
            _run("pg_restore", "--list", str(partial), url=url)
    partial.rename(file)
    click.echo(f"{file}: {file.stat().st_size} bytes, verified")


@click.command(help="Puts the database of a backup FILE back. Stop the portal first.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace a database that has data.")
def restore(file: Path, replace: bool) -> None:
    """Refuses to touch a database that has tables unless told to replace it."""
    with application():
        url = db.engine.url
        if inspect(db.engine).get_table_names() and not replace:
            raise click.UsageError("The database has data. Add --replace to give it up for the backup's.")
        db.session.remove()
        db.engine.dispose()
        if url.get_backend_name() == "sqlite":
            _check_sqlite(file)
            _copy_sqlite(file, Path(url.database or ""))
        else:
            options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
            _run("pg_restore", *options, *_target(url), str(file), url=url)
    click.echo(f"The database is as in {file}. Run portal db upgrade, then start the portal.")


def _copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    _check_sqlite(target)


def _check_sqlite(file: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise click.ClickException(f"{file} is not a backup: {error}") from None
    if verdict != "ok":
        raise click.ClickException(f"{file} is damaged: {verdict}")


def _target(url: URL) -> list[str]:
    parts = [("--host", url.host), ("--port", url.port), ("--username", url.username), ("--dbname", url.database)]
    query = url.query.get("host")
    if isinstance(query, str):
        parts[0] = ("--host", query)
    return [f"{option}={value}" for option, value in parts if value]


def _run(program: str, *arguments: str, url: URL) -> None:
    path = shutil.which(program)
    if path is None:
        raise click.ClickException(f"{program} is not installed: it comes with PostgreSQL's client programs.")
    environment = {**os.environ, **({"PGPASSWORD": url.password} if url.password else {})}
    done = subprocess.run([path, *arguments], capture_output=True, text=True, env=environment, check=False)  # noqa: S603 - own arguments
    if done.returncode:
        raise click.ClickException(f"{program} failed: {done.stderr.strip()}")
