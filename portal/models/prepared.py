"""Statements that most requests run, compiled once: their text goes straight to the driver, their rows come back as plain tuples.

What SQLAlchemy does around a statement costs several times what SQLite takes to run it. Here are kept: the session's transaction, the
types of columns and parameters, errors as SQLAlchemy's, and the events that counting and the slow-query log listen to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from portal.extensions import looking_up, one_by_one
from portal.looking import Look
from portal.models import pipeline

Convert = Callable[[Any], Any]
# What PostgreSQL calls the type of a column whose values its driver makes decimals of; no other type asks.
_NUMERIC = 1700


class Prepared:
    """A statement of SQLAlchemy's Core without expanding parameters, or one for each dialect by its name.

    An INSERT or UPDATE names the `columns` that it is given.
    """

    def __init__(self, statement: Executable | Mapping[str, Executable], columns: Sequence[str] | None = None) -> None:
        self._statement, self._columns = statement, columns
        self._ready: dict[str, _Ready] = {}

    def all(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """Every row."""
        ready, rows = self._read(session, values, "fetchall")
        return [ready.converted(row) for row in rows] if ready.results else rows

    def first(self, session: Session, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        ready, row = self._read(session, values, "fetchone")
        return ready.converted(row) if row is not None and ready.results else row

    def first_raw(self, session: Session, **values: Any) -> tuple[Any, ...] | None:
        """The first row as the driver gives it, or None; `converted` makes of it what `first` gives."""
        return self._read(session, values, "fetchone")[1]  # type: ignore[no-any-return]

    def converted(self, dialect: str, row: Sequence[Any]) -> tuple[Any, ...]:
        """The values of a row that was read on `dialect`, as the columns' types have them."""
        return self._ready[dialect].converted(row)

    def run(self, session: Session, **values: Any) -> int:
        """Runs it, and says how many rows it changed."""
        _, cursor = self._run(session, values)
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def later(self, session: Session, **values: Any) -> None:
        """Runs it before the session's next statement or its commit, together with others that wait: see `portal.models.pipeline`."""
        self.later_each(session, [values])

    def later_each(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Runs it once for each of `rows`, as `later` does."""
        connection = connection_of(session)
        ready = self._on(connection)
        for values in rows:
            pipeline.add(connection, ready.text, ready.parameters(values))

    def run_each(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Runs it once for each of `rows`."""
        if rows:
            _, cursor = self._run(session, rows)
            cursor.close()

    def _on(self, connection: Connection | Look) -> _Ready:
        ready = self._ready.get(connection.dialect.name)
        if ready is None:
            statement = self._statement if isinstance(self._statement, Executable) else self._statement[connection.dialect.name]
            ready = self._ready[connection.dialect.name] = _Ready.of(statement, self._columns, connection.dialect)
        return ready

    def _read(self, session: Session, values: Mapping[str, Any], fetch: str) -> tuple[_Ready, Any]:
        """What the cursor's method `fetch` gives."""
        if session.in_transaction() or not looking_up():
            return self._read_on(connection_of(session), values, fetch)
        with one_by_one(session.get_bind()) as connection:
            return self._read_on(connection, values, fetch)

    def _read_on(self, connection: Connection | Look, values: Mapping[str, Any], fetch: str) -> tuple[_Ready, Any]:
        ready = self._on(connection)
        cursor = pipeline.execute(connection, ready.text, ready.parameters(values))
        found = getattr(cursor, fetch)()
        cursor.close()
        return ready, found

    def _run(self, session: Session, values: Any) -> tuple[_Ready, Any]:
        connection = connection_of(session)
        ready = self._on(connection)
        many = not isinstance(values, dict)
        parameters: Any = [ready.parameters(row) for row in values] if many else ready.parameters(values)
        return ready, pipeline.execute(connection, ready.text, parameters, many=many)


def unless_there(make: Callable[[Any], Executable], columns: Sequence[str] | None = None) -> Prepared:
    """The INSERT that `make` makes of each dialect's own `insert`, which knows what to do about a row that is there already."""
    return Prepared({"sqlite": make(sqlite.insert), "postgresql": make(postgresql.insert)}, columns)


Wanted = Sequence[tuple[Prepared, Mapping[str, Any]]]


def all_of_each(session: Session, wanted: Wanted) -> list[list[tuple[Any, ...]]]:
    """The rows of each of several queries, in order and in one round trip; each sees what those before it waited for."""
    if session.in_transaction() or not looking_up():
        return _rows_of_each(connection_of(session), wanted)
    with one_by_one(session.get_bind()) as connection:
        return _rows_of_each(connection, wanted)


def _rows_of_each(connection: Connection | Look, wanted: Wanted) -> list[list[tuple[Any, ...]]]:
    ready = [prepared._on(connection) for prepared, _ in wanted]
    statements = [(each.text, each.parameters(values)) for each, (_, values) in zip(ready, wanted, strict=True)]
    found = pipeline.rows_of_each(connection, statements)
    return [[each.converted(row) for row in rows] if each.results else rows for each, rows in zip(ready, found, strict=True)]


def first_of_each(session: Session, wanted: Wanted) -> list[tuple[Any, ...] | None]:
    """The first row of each, or None, as `all_of_each` finds them."""
    return [rows[0] if rows else None for rows in all_of_each(session, wanted)]


def connection_of(session: Session) -> Connection:
    """The session's connection; within one transaction it stays the same, and asking the session for it costs as much as a statement.

    A savepoint is a transaction of its own, which the session begins when it is first asked within.
    """
    known = session.info.get("connection")
    transaction = session.get_nested_transaction() or session.get_transaction()
    if known is None or transaction is None or known[0] is not transaction:
        made = session.connection()
        known = session.info["connection"] = (session.get_nested_transaction() or session.get_transaction(), made)
    return known[1]


@dataclass(frozen=True)
class _Ready:
    """A statement in one dialect: its parameters by name with what converts them, and what converts the columns of its rows."""

    text: str
    names: tuple[str, ...]
    given: Mapping[str, Any]
    binds: Mapping[str, Convert]
    results: tuple[tuple[int, Convert], ...]

    @classmethod
    def of(cls, statement: Any, columns: Sequence[str] | None, dialect: Dialect) -> _Ready:
        compiled = statement.compile(dialect=_written_for(dialect), column_keys=list(columns) if columns else None)
        binds, results = {}, []
        for name, bind in compiled.binds.items():
            if convert := bind.type.dialect_impl(dialect).bind_processor(dialect):
                binds[name] = convert
        if statement.is_select:
            for at, column in enumerate(statement.selected_columns):
                if convert := column.type.dialect_impl(dialect).result_processor(dialect, _NUMERIC):
                    results.append((at, convert))
        return cls(compiled.string, tuple(compiled.positiontup or ()), compiled.params, binds, tuple(results))

    def parameters(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        made = {**self.given, **values}
        for name, convert in self.binds.items():
            made[name] = convert(made[name])
        return tuple([made[name] for name in self.names])

    def converted(self, row: Sequence[Any]) -> tuple[Any, ...]:
        made = list(row)
        for at, convert in self.results:
            made[at] = convert(made[at])
        return tuple(made)


def _written_for(dialect: Any) -> Dialect:
    """The dialect that writes a statement's text: PostgreSQL itself calls its values $1, $2 …"""
    made: Dialect = type(dialect)(paramstyle="numeric_dollar") if dialect.name == "postgresql" else dialect
    return made
