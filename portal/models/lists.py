"""A list of texts as one parameter, so that a statement has one text whatever the number."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, String, Text, TypeDecorator, bindparam, func
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from portal.models.prepared import Prepared


class Texts(TypeDecorator[list[str]]):
    """Texts as an array of PostgreSQL's, as JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What each database takes."""
        return dialect.type_descriptor(ARRAY(String()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:
        """The list for the driver."""
        return value if dialect.name == "postgresql" else json.dumps(value)


class _one_of(FunctionElement[bool]):  # noqa: N801 - it reads as a function of SQL
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """Itself: it is a comparison, to which SQLite would otherwise add another one with 1."""
        return self


@compiles(_one_of, "sqlite")
def _on_sqlite(element: _one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - compiled parts, no values


@compiles(_one_of, "postgresql")
def _on_postgresql(element: _one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY ({ids})"


def one_of(column: Any, name: str) -> ColumnElement[bool]:
    """Whether the column is one of the ids that the parameter `name` lists."""
    return _one_of(column, bindparam(name, type_=Texts()))


Matching = Callable[[Any], ColumnElement[bool]]


class Listed:
    """A statement about the rows with the ids on a list: one text for a single id, of which PostgreSQL keeps a plan, and one for more.

    `make` prepares it with what compares a column to the list.
    """

    def __init__(self, make: Callable[[Matching], Prepared]) -> None:
        self._single = make(lambda column: column == bindparam("only", type_=String()))
        self._several = make(lambda column: one_of(column, "ids"))

    def of(self, ids: list[str]) -> tuple[Prepared, dict[str, Any]]:
        """The statement for these ids, and the parameters that tell them."""
        return (self._single, {"only": ids[0]}) if len(ids) == 1 else (self._several, {"ids": ids})


def each(name: str) -> dict[str, ColumnElement[str]]:
    """Each of the texts that the parameter `name` lists, as a column to select, by dialect."""
    given = bindparam(name, type_=Texts())
    return {"sqlite": func.json_each(given).table_valued("value").c.value, "postgresql": func.unnest(given)}
