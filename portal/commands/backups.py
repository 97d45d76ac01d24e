"""`portal backup`, `portal restore`: one file, written while the portal serves, checked before it is believed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import click
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from portal.commands import postgresql_files, sqlite_files
from portal.commands.base import application
from portal.config import ROOT
from portal.extensions import db

Kind = sqlite_files.Files | postgresql_files.Files


@click.command(help="Writes a verified copy of the database to FILE while the portal serves. Keep it with PORTAL_ENCRYPTION_KEYS.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """The file is SQLite's own, or pg_dump's custom format; it appears under its name only when it is whole, with its SHA-256 beside."""
    if file.exists():
        raise click.UsageError(f"{file} exists already. Give another name, or move it away.")
    if not file.parent.is_dir():
        raise click.UsageError(f"There is no directory {file.parent}.")
    partial = file.with_name(file.name + ".partial")
    partial.unlink(missing_ok=True)
    # What it holds is for the operator's eyes only, from the first byte on.
    os.close(os.open(partial, os.O_CREAT | os.O_WRONLY, 0o600))
    try:
        with application():
            kind = _kind()
            kind.write(db.engine, partial)
        kind.check(partial)
        _known_revision(kind.revision(partial), partial)
        total = _sum(partial)
        _checksum_of(file).write_text(f"{total}  {file.name}\n", encoding="utf-8")
        _keep(partial)
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
    click.echo(f"{file}: {file.stat().st_size} bytes, verified")


@click.command(help="Puts the database of a backup FILE back. Stop the portal first.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace a database that has data.")
@click.option("--in-use", is_flag=True, help="Do so although others have it open, such as a pooler or a monitor.")
def restore(file: Path, replace: bool, in_use: bool) -> None:
    """Checks the file first; then the database is the backup's as a whole, or stays as it was."""
    with application():
        kind = _kind()
        _right_kind(file, kind)
        checked = _compare(file)
        kind.check(file)
        revision = kind.revision(file)
        _known_revision(revision, file)
        has_data = bool(inspect(db.engine).get_table_names())
        if has_data and not replace:
            raise click.UsageError("The database has data. Add --replace to give it up for the backup's.")
        db.session.remove()
        db.engine.dispose()
        if has_data and not in_use:
            _nobody_else(kind.others(db.engine))
        kind.read(db.engine, file)
    if not checked:
        click.echo(f"Note: {_checksum_of(file)} is not there, so only the file's structure was checked.", err=True)
    click.echo(f"The database is as in {file} (schema {revision}). Run portal db upgrade, then start the portal.")


def _kind() -> Kind:
    return sqlite_files.Files() if db.engine.dialect.name == "sqlite" else postgresql_files.Files()


def _nobody_else(others: str) -> None:
    """A portal that serves meanwhile would answer writes with success that the backup then takes away."""
    if others:
        raise click.ClickException(
            f"The database is open elsewhere: {others}. Stop the portal on every machine, then restore again. If it is something else, "
            "such as a connection pooler or a monitor, add --in-use. Nothing was changed."
        )


def _right_kind(file: Path, kind: Kind) -> None:
    with file.open("rb") as opened:
        begins = opened.read(16)
    for other in (sqlite_files.Files(), postgresql_files.Files()):
        if begins.startswith(other.begins) and other.name != kind.name:
            raise click.ClickException(f"{file} is a backup of {other.name}, but PORTAL_DATABASE_URL names a {kind.name}.")
    if not begins.startswith(kind.begins):
        raise click.ClickException(f"{file} is not a backup of {kind.name}.")


def _compare(file: Path) -> bool:
    """Whether there was a checksum to compare with; raises ClickException when it is another file's."""
    beside = _checksum_of(file)
    if not beside.exists():
        return False
    if beside.read_text(encoding="utf-8").split()[:1] != [_sum(file)]:
        raise click.ClickException(f"{file} is damaged: it is not the file that {beside.name} was made for. Nothing was changed.")
    return True


def _checksum_of(file: Path) -> Path:
    return file.with_name(file.name + ".sha256")


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _keep(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _known_revision(revision: str, file: Path) -> None:
    known = {script.revision for script in ScriptDirectory(str(ROOT / "portal" / "migrations")).walk_revisions()}
    if revision not in known:
        made = f"is of schema {revision}, which this portal does not know: install a newer one" if revision else "holds no portal's data"
        raise click.ClickException(f"{file} {made}. Nothing was changed.")
