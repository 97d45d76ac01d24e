"""Backups of SQLite: a copy by its own online backup, whole pages of one moment."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import click
from sqlalchemy import Engine


class Files:
    """Files of SQLite."""

    name = "SQLite"
    begins = b"SQLite format 3\x00"

    def write(self, engine: Engine, file: Path) -> None:
        """The database as it is at one moment, while others write."""
        _copy(_file_of(engine), file)

    def others(self, engine: Engine) -> str:
        """Says when somebody else has the file open; empty for nobody."""
        try:
            with closing(sqlite3.connect(_file_of(engine), timeout=1)) as connection:
                # Only whoever is alone may leave the write-ahead log.
                connection.execute("PRAGMA journal_mode=DELETE")
                connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            return f"{_file_of(engine).name}, {error}"
        return ""

    def read(self, engine: Engine, file: Path) -> None:
        """Makes the database what the file holds, in one transaction; raises ClickException when somebody holds it."""
        try:
            _copy(file, _file_of(engine))
        except sqlite3.OperationalError as error:
            raise click.ClickException(f"The database could not be written: {error}. Stop the portal first. Nothing was changed.") from None

    def check(self, file: Path) -> None:
        """Raises ClickException when the file is damaged or none."""
        try:
            with closing(_open(file)) as connection:
                verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
                stray = connection.execute("PRAGMA foreign_key_check").fetchone()
        except sqlite3.DatabaseError as error:
            raise click.ClickException(f"{file} is damaged: {error}. Nothing was changed.") from None
        if verdict != "ok" or stray:
            raise click.ClickException(f"{file} is damaged: {verdict if stray is None else 'rows point to nothing'}. Nothing was changed.")

    def revision(self, file: Path) -> str:
        """The schema's version; empty when there is none."""
        with closing(_open(file)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
                return ""
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else ""


def _file_of(engine: Engine) -> Path:
    return Path(engine.url.database or "")


def _open(file: Path) -> sqlite3.Connection:
    """For reading only, and leaving nothing beside the file."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target, timeout=10)) as new:
        old.backup(new)
        # Whatever stood in a log of the target is in the file now.
        new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
