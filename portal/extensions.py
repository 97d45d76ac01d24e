"""Flask extensions and how a database transaction begins; no logic."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from flask import request
from flask.globals import _cv_app
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.exc import TimeoutError as WaitedTooLong

from portal import disk
from portal.limiting import Limits
from portal.looking import Look
from portal.turns import Turn


def _scope() -> int:
    """Whose session it is: the application context's, as Flask-SQLAlchemy has it, without its proxy."""
    return id(_cv_app.get())


db = SQLAlchemy(session_options={"expire_on_commit": False, "scopefunc": _scope})
migrate = Migrate()


class Forms(CSRFProtect):  # type: ignore[misc]
    """The protection of forms, which asks for a request's method before it asks for anything else."""

    def protect(self, apply_exemptions: bool = False) -> None:
        """Refuses a request that writes and has no token."""
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            super().protect(apply_exemptions)


csrf = Forms()


limiter = Limits(key_func=get_remote_address, headers_enabled=False, strategy="moving-window")

# Seconds to connect, then until an idle or unanswered connection counts as lost (libpq's names; the last is in milliseconds).
_PATIENCE = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15000}
# Seconds for which a connection counts as alive after its last use.
_FRESH = 1.0
# SQLite: seconds that a write waits for its turn, and milliseconds for a writer that knows nothing of turns.
_WRITER_WAIT, _BUSY = 10.0, 10000
_WRITING, _READING, _LOOKING = range(3)
_mode: ContextVar[int] = ContextVar("mode", default=_WRITING)


def read_only() -> None:
    """From here on SQLite transactions begin deferred: many may read beside one that writes."""
    _mode.set(_READING)


def look_up() -> None:
    """From here on statements run one by one without a transaction around them, which spares beginning and ending it."""
    _mode.set(_LOOKING)


def looking_up() -> bool:
    """Whether statements run one by one, so that there is nothing to commit."""
    return _mode.get() == _LOOKING


def one_by_one(engine: Any) -> Look:
    """A connection for a look-up beside the session, which does not even begin to need one: that costs ten times as much.

    To be given back right after the statement, so that a request holds none while it waits for its client.
    """
    look = Look(engine)
    _begin_on(look)
    return look


def writable() -> None:
    """Ends the transaction under way, keeping what it loaded, and lets the next ones write (SQLite: BEGIN IMMEDIATE).

    After look-ups there is none to end: the one that writes begins on the connection in use.
    """
    session = db.session() if db.session.registry.has() else None
    if session is None or not session.in_transaction():
        _mode.set(_WRITING)
    elif looking_up():
        _mode.set(_WRITING)
        _begin_on(session.connection())
    else:
        session.commit()
        _mode.set(_WRITING)


def prepare_sqlite(engine: Engine, functions: Mapping[str, Callable[[str], str]]) -> None:
    """Makes SQLite durable and its writers serial: WAL, BEGIN IMMEDIATE unless only reading, on disk before anybody is answered.

    `functions` of one text are added to its SQL under their names; NULL stays NULL.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        (journal,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        for pragma in (
            # The log is synced by `_end_writing`, once the turn is free; where there can be none, SQLite syncs as it must.
            f"synchronous={'NORMAL' if journal == 'wal' else 'FULL'}",
            "foreign_keys=ON",
            # Pages that one write after the other changes reach the file once; the log grows to 16 MB instead of 4.
            "wal_autocheckpoint=4000",
            f"busy_timeout={_BUSY}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        for name, function in functions.items():
            connection.create_function(name, 1, _null_stays(function), deterministic=True)

    event.listen(engine, "begin", _begin_on)
    turn = _turns[engine] = Turn(str(engine.url.database))

    @event.listens_for(engine, "commit")
    def _commit(connection: Any) -> None:
        if "turn" in connection.info:
            _end_writing(connection)

    def _next(info: dict[str, Any]) -> None:
        if info.pop("turn", False):
            turn.leave()

    event.listen(engine, "rollback", lambda connection: None if connection.invalidated else _next(connection.info))
    event.listen(engine, "checkin", lambda _connection, record: _next(record.info))


def _begin_on(connection: Any) -> None:
    """What a transaction of SQLAlchemy's begins with on the database, by the mode."""
    mode = _mode.get()
    if connection.dialect.name == "postgresql":
        looking = mode == _LOOKING
        if connection.info.get("looking", False) != looking:
            connection.connection.dbapi_connection.autocommit = connection.info["looking"] = looking
    elif mode == _READING:
        connection.exec_driver_sql("BEGIN")
    elif mode == _WRITING:
        _begin_writing(connection)


_turns: WeakKeyDictionary[Engine, Turn] = WeakKeyDictionary()


def _begin_writing(connection: Any) -> None:
    """Waits for the turn to write; raises SQLAlchemy's TimeoutError when it did not come in ten seconds."""
    if "turn" not in connection.info:
        if not _turns[connection.engine].take(_WRITER_WAIT):
            raise WaitedTooLong(f"no turn to write to SQLite came for {_WRITER_WAIT} seconds")
        connection.info["turn"] = True
    _straight(connection, "BEGIN IMMEDIATE")


def _end_writing(connection: Any) -> None:
    """Commits before the turn is given on: SQLAlchemy tells of a commit before it asks for one, and finds nothing left to do.

    The next one may write before this is on disk, the request goes on when it is; so writers share their trips to the disk. Whoever
    builds on what another wrote waits for that as well: the log is one.
    """
    _straight(connection, "COMMIT")
    del connection.info["turn"]
    _turns[connection.engine].leave()
    try:
        disk.wait(str(connection.engine.url.database))
    except OSError as error:
        lost = sqlite3.OperationalError(f"the disk did not take what was committed: {error.strerror}")
        lost.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        connection._handle_dbapi_exception(lost, "COMMIT", None, None, None)


def _straight(connection: Any, statement: str) -> None:
    """Runs it on SQLite's own connection; raises SQLAlchemy's errors."""
    try:
        connection.connection.dbapi_connection.execute(statement)
    except sqlite3.Error as error:
        connection._handle_dbapi_exception(error, statement, None, None, None)


def prepare_postgresql(engine: Engine) -> None:
    """Keeps PostgreSQL from compiling short queries to machine code, which takes a second before they run for a millisecond.

    Statements that come again keep a plan made for any values where the server finds it no dearer, which spares the planning, half of
    a look-up; those with long lists are planned each time, see `portal.planning`.
    A server that is gone without a word is given up after seconds, unless the database URL says otherwise. A connection is tried before
    use when it lay idle: one that was used a moment ago costs no round trip, and tells of a lost server by its first statement.
    """
    if engine.dialect.name != "postgresql":
        return
    from portal.planning import PlanningCursor

    @event.listens_for(engine, "do_connect")
    def _be_patient_for_seconds(_dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> None:
        for name, value in _PATIENCE.items():
            parameters.setdefault(name, value)
        if parameters.get("prepare_threshold") == "none":  # as a URL can say it; the driver knows None
            parameters["prepare_threshold"] = None
        parameters.setdefault("cursor_factory", PlanningCursor)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute("SET jit = off")
        connection.commit()

    @event.listens_for(engine, "reset")
    def _end(connection: Any, _record: Any, _state: Any) -> None:
        if connection.pgconn.transaction_status:  # all but IDLE
            connection.rollback()

    event.listen(engine, "begin", _begin_on)
    _try_idle_connections(engine)


def _try_idle_connections(engine: Engine) -> None:
    @event.listens_for(engine, "checkin")
    def _lay_down(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _try(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", 0) > _FRESH:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error


def _null_stays(function: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: function(value) if isinstance(value, str) else value
