"""Functions of SQL that read alike on both databases: folded text, its order, and what it contains."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def word(text: str) -> ColumnElement[str]:
    """A word of this package's own, as it stands in the statement: PostgreSQL plans those with many parameters anew each time."""
    return literal_column(f"'{text}'", Text)


class fold(FunctionElement[str]):  # noqa: N801 - it is a function of SQL
    """Text as `portal.domain.texts.fold` makes it: that very function on SQLite, ICU's full case mapping on PostgreSQL.

    There, upper case first and then lower makes ß equal to ss, as case folding does, whatever the database's locale; the two letters
    that this misses are put right by hand. What differs is the dotless ı, which PostgreSQL also finds by i.
    """

    type = Text()
    inherit_cache = True


class ordered(FunctionElement[str]):  # noqa: N801
    """Text that is compared by the order of its code points, whatever the database's locale."""

    type = Text()
    inherit_cache = True


class position(FunctionElement[int]):  # noqa: N801
    """Where the second text begins in the first one, from 1; 0 when it is not in it."""

    type = Integer()
    inherit_cache = True


class json_at(FunctionElement[str]):  # noqa: N801
    """SQLite's JSON text of what stands at a path in a JSON text, of any type and digit by digit as it was written."""

    type = Text()
    inherit_cache = True


class json_rows(FunctionElement[str]):  # noqa: N801
    """The rows of a group as the text of a JSON array of arrays, in no order; NULL when there are none."""

    type = Text()
    inherit_cache = True


@compiles(json_rows, "sqlite")
def _json_rows_on_sqlite(element: json_rows, compiler: SQLCompiler, **options: Any) -> str:
    return f"nullif(json_group_array(json_array({compiler.process(element.clauses, **options)})), '[]')"


@compiles(json_rows, "postgresql")
def _json_rows_on_postgresql(element: json_rows, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(json_agg(json_build_array({compiler.process(element.clauses, **options)})) AS text)"


@compiles(json_at, "sqlite")
def _json_at(element: json_at, compiler: SQLCompiler, **options: Any) -> str:
    json, path = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(({json}) -> ({path}))"


@compiles(fold, "sqlite")
def _fold_on_sqlite(element: fold, compiler: SQLCompiler, **options: Any) -> str:
    return f"fold({compiler.process(element.clauses, **options)})"


@compiles(fold, "postgresql")
def _fold_on_postgresql(element: fold, compiler: SQLCompiler, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    return f"""translate(lower(upper(translate(normalize(CAST({text} AS text)), 'ẞ', 'ß') COLLATE "und-x-icu")), 'ς', 'σ')"""


@compiles(ordered, "sqlite")
def _ordered_on_sqlite(element: ordered, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(ordered, "postgresql")
def _ordered_on_postgresql(element: ordered, compiler: SQLCompiler, **options: Any) -> str:
    return f'(CAST({compiler.process(element.clauses, **options)} AS text) COLLATE "C")'


@compiles(position, "sqlite")
def _position_on_sqlite(element: position, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(position, "postgresql")
def _position_on_postgresql(element: position, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"
