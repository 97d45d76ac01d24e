"""Statements that most requests run, compiled once: their text goes straight to the driver, their rows come back as plain tuples.

What SQLAlchemy does around a statement costs several times what SQLite takes to run it. Here are kept: the session's transaction, the
types of columns and parameters, errors as SQLAlchemy's, and the events that counting and the slow-query log listen to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

Convert = Callable[[Any], Any]


class Prepared:
    """A statement of SQLAlchemy's Core without expanding parameters; an INSERT or UPDATE names the `columns` that it is given."""

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        self._statement, self._columns = statement, columns
        self._ready: dict[str, _Ready] = {}

    def all(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """Every row."""
        ready, cursor = self._run(session, values)
        rows = cursor.fetchall()
        cursor.close()
        return [ready.converted(row) for row in rows] if ready.results else rows

    def first(self, session: Session, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        ready, cursor = self._run(session, values)
        row = cursor.fetchone()
        cursor.close()
        return ready.converted(row) if row is not None and ready.results else row

    def first_raw(self, session: Session, **values: Any) -> tuple[Any, ...] | None:
        """The first row as the driver gives it, or None; `converted` makes of it what `first` gives."""
        _, cursor = self._run(session, values)
        row = cursor.fetchone()
        cursor.close()
        return row  # type: ignore[no-any-return]

    def converted(self, dialect: str, row: Sequence[Any]) -> tuple[Any, ...]:
        """The values of a row that was read on `dialect`, as the columns' types have them."""
        return self._ready[dialect].converted(row)

    def run(self, session: Session, **values: Any) -> int:
        """Runs it, and says how many rows it changed."""
        _, cursor = self._run(session, values)
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def run_each(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Runs it once for each of `rows`."""
        if rows:
            _, cursor = self._run(session, rows)
            cursor.close()

    def _run(self, session: Session, values: Any) -> tuple[_Ready, Any]:
        connection = session.connection()
        ready = self._ready.get(connection.dialect.name)
        if ready is None:
            ready = self._ready[connection.dialect.name] = _Ready.of(self._statement, self._columns, connection.dialect)
        many = not isinstance(values, dict)
        parameters: Any = [ready.parameters(row) for row in values] if many else ready.parameters(values)
        cursor = connection.connection.cursor()
        watch = _Watch()
        before, after = connection.dispatch.before_cursor_execute, connection.dispatch.after_cursor_execute
        for listener in before:
            listener(connection, cursor, ready.text, parameters, watch, many)
        try:
            (cursor.executemany if many else cursor.execute)(ready.text, parameters)
        except connection.dialect.loaded_dbapi.Error as error:
            # Raises SQLAlchemy's error for it; gives up the pool's connections when the server was lost.
            connection._handle_dbapi_exception(error, ready.text, None, cursor, None)
        for listener in after:
            listener(connection, cursor, ready.text, parameters, watch, many)
        return ready, cursor


class _Watch:
    """What listeners keep between before and after."""


@dataclass(frozen=True)
class _Ready:
    """A statement in one dialect: its parameters by name with what converts them, and what converts the columns of its rows."""

    text: str
    names: tuple[str, ...]
    positional: bool
    given: Mapping[str, Any]
    binds: Mapping[str, Convert]
    results: tuple[tuple[int, Convert], ...]

    @classmethod
    def of(cls, statement: Any, columns: Sequence[str] | None, dialect: Dialect) -> _Ready:
        compiled = statement.compile(dialect=dialect, column_keys=list(columns) if columns else None)
        binds, results = {}, []
        for name, bind in compiled.binds.items():
            if convert := bind.type.dialect_impl(dialect).bind_processor(dialect):
                binds[name] = convert
        if statement.is_select:
            for at, column in enumerate(statement.selected_columns):
                if convert := column.type.dialect_impl(dialect).result_processor(dialect, None):
                    results.append((at, convert))
        names = tuple(compiled.positiontup or compiled.binds)
        return cls(compiled.string, names, bool(compiled.positiontup), compiled.params, binds, tuple(results))

    def parameters(self, values: Mapping[str, Any]) -> Any:
        made = {**self.given, **values}
        for name, convert in self.binds.items():
            made[name] = convert(made[name])
        return tuple([made[name] for name in self.names]) if self.positional else made

    def converted(self, row: Sequence[Any]) -> tuple[Any, ...]:
        made = list(row)
        for at, convert in self.results:
            made[at] = convert(made[at])
        return tuple(made)
