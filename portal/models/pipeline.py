"""How the text of a statement reaches the driver, and how several share one round trip to PostgreSQL.

Statements whose outcome nobody asks for wait on their connection until another one is run or the transaction commits; then all of them,
and the COMMIT, go to the server in one pipeline, so that a workspace's lock is held for one round trip instead of ten. A rollback
forgets those that wait. SQLite, which is no trip away, runs each at once.

With the COMMIT, the lock is let go as soon as others may see what was written; the request goes on when it is safe on disk as well. So
the writes of a workspace share the server's trips to the disk instead of standing in line for one each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, event

from portal.looking import Look

_WAITING, _EARLY, _TRIPS = "portal.waiting", "portal.early", "portal.trips"
# As many at most wait together, so that a request that writes for thousands of members keeps no more.
_MOST = 500
_COMMIT = (("COMMIT", ()),)
# The first lets go of the lock before the server's log is on disk; the last is on disk, or with the stand-by, only after all before it.
_COMMIT_EARLY = (("SET LOCAL synchronous_commit = off", ()), *_COMMIT, ("SELECT pg_logical_emit_message(true, 'portal', '')", ()))
_MAY_WRITE_TO_THE_LOG = (
    "SELECT coalesce(bool_and(has_function_privilege(oid, 'execute')), false) FROM pg_proc WHERE proname = 'pg_logical_emit_message'"
)
Statement = tuple[str, Any]


def prepare(engine: Engine) -> None:
    """Sees to it that nothing overtakes what waits on a connection of PostgreSQL's."""
    if engine.dialect.name != "postgresql":
        return

    @event.listens_for(engine, "connect")
    def _ask(connection: Any, record: Any) -> None:
        record.info[_EARLY] = connection.execute(_MAY_WRITE_TO_THE_LOG).fetchone()[0]
        connection.commit()

    event.listen(engine, "before_cursor_execute", _first, retval=True)

    @event.listens_for(engine, "commit")
    def _commit(connection: Connection) -> None:
        if _WAITING in connection.info:
            _send(connection, commit=True)

    @event.listens_for(engine, "rollback")
    def _forget(connection: Connection) -> None:
        if not connection.invalidated:
            connection.info.pop(_WAITING, None)


def _first(connection: Connection, _cursor: Any, text: str, parameters: Any, _context: Any, _many: bool) -> Statement:
    if _WAITING in connection.info:
        _send(connection)
    return text, parameters


def add(connection: Connection, text: str, parameters: Any) -> None:
    """Lets the statement wait on its connection; on SQLite runs it at once."""
    if connection.dialect.name != "postgresql":
        execute(connection, text, parameters).close()
        return
    waiting = connection.info.setdefault(_WAITING, [])
    waiting.append((text, parameters))
    if len(waiting) >= _MOST:
        _send(connection)


def execute(connection: Connection | Look, text: str, parameters: Any, *, many: bool = False) -> Any:
    """Runs the statement, once or for each of `parameters`, and gives a cursor or what is asked as one; raises SQLAlchemy's errors."""
    if connection.dialect.name == "postgresql":
        statements = [(text, values) for values in parameters] if many else [(text, parameters)]
        return _together(connection, [*connection.info.pop(_WAITING, ()), *statements])[-1]
    cursor = connection.connection.cursor()
    watch = _before(connection, cursor, text, parameters, many=many)
    try:
        (cursor.executemany if many else cursor.execute)(text, parameters)
    except connection.dialect.loaded_dbapi.Error as error:
        _raise(connection, error, text, cursor)
    _after(connection, cursor, text, parameters, watch, many=many)
    return cursor


def rows_of_each(connection: Connection | Look, statements: Sequence[Statement]) -> list[list[Any]]:
    """The rows of each; in one round trip on PostgreSQL, with what waits before them."""
    if connection.dialect.name == "postgresql":
        waiting = connection.info.pop(_WAITING, ())
        return [rows.fetchall() for rows in _together(connection, [*waiting, *statements])[len(waiting) :]]
    found = []
    for text, parameters in statements:
        cursor = execute(connection, text, parameters)
        found.append(cursor.fetchall())
        cursor.close()
    return found


def _send(connection: Connection, *, commit: bool = False) -> None:
    _together(connection, connection.info.pop(_WAITING), commit=commit)


def _together(connection: Connection | Look, statements: Sequence[Statement], *, commit: bool = False) -> list[Any]:
    info, dispatch, watch = connection.info, connection.engine.dispatch, _Watch()
    trips = info.get(_TRIPS)
    if trips is None:
        trips = info[_TRIPS] = _trips(connection.connection.dbapi_connection)
    ends = () if not commit else _COMMIT_EARLY if info.get(_EARLY) else _COMMIT
    for listener in dispatch.before_cursor_execute:
        if listener is not _first:
            for text, parameters in statements:
                listener(connection, None, text, parameters, watch, False)
    try:
        found: list[Any] = trips.make(statements, ends)
    except connection.dialect.loaded_dbapi.Error as error:
        _raise(connection, error, "; ".join(text for text, _ in statements), None)
    for listener in dispatch.after_cursor_execute:
        for text, parameters in statements:
            listener(connection, None, text, parameters, watch, False)
    return found


def _trips(driver: Any) -> Any:
    from portal.trip import Trips  # the driver of PostgreSQL takes 9 MB, also where SQLite is used

    return Trips(driver)


class _Watch:
    """What listeners keep between before and after."""


def _before(connection: Connection | Look, cursor: Any, text: str, parameters: Any, *, many: bool = False) -> _Watch:
    watch = _Watch()
    for listener in connection.engine.dispatch.before_cursor_execute:
        listener(connection, cursor, text, parameters, watch, many)
    return watch


def _after(connection: Connection | Look, cursor: Any, text: str, parameters: Any, watch: _Watch, *, many: bool = False) -> None:
    for listener in connection.engine.dispatch.after_cursor_execute:
        listener(connection, cursor, text, parameters, watch, many)


def _raise(connection: Connection | Look, error: BaseException, text: str, cursor: Any) -> None:
    """Raises SQLAlchemy's error for the driver's; gives up the pool's connections when the server was lost."""
    connection._handle_dbapi_exception(error, text, None, cursor, None)
