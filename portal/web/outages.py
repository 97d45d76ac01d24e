"""Whether a failed statement tells of a database that is away, or of our own mistake: only the first is worth another try."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# SQLite's primary result codes for what passes: busy, locked, out of memory, interrupted, I/O error, full disk, no file, lost race.
_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
# PostgreSQL's classes of SQLSTATE: connection, invalid authorization, unknown database, roll-back asked for (deadlock), resources (full
# disk, too many connections), objects in use, an operator's intervention (shutdown), system error (I/O).
_POSTGRESQL = ("08", "28", "3D", "40", "53", "55", "57", "58")
_READ_ONLY = "25006"  # a primary that became a stand-by


def is_outage(error: BaseException | None) -> bool:
    """Whether the database could not do what is right in itself; a wrong statement or value is no outage."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        # The module's own complaints carry no code.
        return (getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF) in _SQLITE
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        # libpq lost the connection or never had one; a wrong use of the driver is another class.
        return error.connection_invalidated or type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout")
    return state == _READ_ONLY or str(state).startswith(_POSTGRESQL)


def lacks_schema(error: SQLAlchemyError) -> bool:
    """Whether a table or column is missing: the schema is older than the code, or was never made."""
    orig = getattr(error, "orig", None)
    return getattr(orig, "sqlstate", "") in ("42P01", "42703") or str(orig).startswith(("no such table", "no such column"))


def reason(error: SQLAlchemyError) -> str:
    """The first line of what the database said, without statement and parameters."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0][:300] if said else type(error).__name__
