"""JSON in a jsonb column of PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Numeric,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from portal.scim.filters.documents import JsonNode, keys_of
from portal.scim.filters.sql import word
from portal.scim.filters.values import Condition, Some


class PostgresNode(JsonNode):
    """`json` is the value as jsonb."""

    def __init__(self, json: ColumnElement[Any]) -> None:
        self.json = json
        self._kind = func.jsonb_typeof(json)
        self._raw: ColumnElement[str] = json.op("#>>", precedence=15, return_type=Text())(literal_column("'{}'::text[]"))

    def text(self) -> ColumnElement[str] | None:
        """The value as text."""
        return case((self._is("string"), self._raw))

    def number(self) -> ColumnElement[Any] | None:
        """The value as a number."""
        return case((self._is("number"), cast(self._raw, Numeric)))

    def truth(self) -> Condition:
        """The value as true or false."""
        return case((self._is("boolean"), self._raw == word("true")))

    def present(self) -> Condition:
        """Whether the value is neither null nor empty."""
        member = func.jsonb_each(self._object()).table_valued("key", "value").alias()
        full = exists(select(1).select_from(member).where(~_is_empty(member.c.value)).correlate_except(member))
        return or_(and_(~self._is("object"), ~_is_empty(self.json)), full)

    def plain(self) -> Condition:
        """Whether the value is neither object, list nor null."""
        return ~self._is("object", "array", "null")

    def exists(self) -> Condition:
        """Whether there is a value, be it null."""
        return self._kind.is_not(None)

    def is_null(self) -> Condition:
        """Whether there is a null."""
        return self._is("null")

    def get(self, name: str) -> JsonNode:
        """The member `name` of an object."""
        return PostgresNode(self.json.op("->", precedence=15, return_type=JSONB())(literal(name, Text)))

    def elements(self) -> Select[Any]:
        """Rows of jsonb_array_elements over the list, or over a list made of the value."""
        single = (~self._is("null"), func.jsonb_build_array(self.json))
        each = func.jsonb_array_elements(case((self._is("array"), self.json), single, else_=_constant("[]")))
        row = each.table_valued("value", with_ordinality="place").render_derived()
        return select(_json(row.c.value).label("json"), row.c.place).correlate_except(row)

    def named(self, name: str) -> Select[Any]:
        """Rows of jsonb_each over the object."""
        row = func.jsonb_each(self._object()).table_valued("key", "value").alias()
        return select(_json(row.c.value).label("json")).where(func.lower(row.c.key) == name.lower()).correlate_except(row)

    def keys(self, prefix: str) -> Some:
        """Rows of jsonb_each over the object, by key."""
        return keys_of(func.jsonb_each(self._object()), prefix)

    def of(self, row: FromClause) -> JsonNode:
        """The value in such a row."""
        return PostgresNode(row.c.json)

    def _is(self, *kinds: str) -> Condition:
        return self._kind.in_([word(kind) for kind in kinds])

    def _object(self) -> ColumnElement[Any]:
        return case((self._is("object"), self.json), else_=_constant("{}"))


def _json(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, JSONB)


def _is_empty(json: ColumnElement[Any]) -> Condition:
    return _json(json).in_([_constant(text) for text in ("null", '""', "[]", "{}")])


def _constant(json: str) -> ColumnElement[Any]:
    return literal_column(f"'{json}'::jsonb", JSONB)
