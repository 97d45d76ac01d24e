"""JSON in a jsonb column of PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Numeric, Text, and_, case, cast, exists, func, literal, literal_column, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from portal.scim.filters.documents import JsonNode
from portal.scim.filters.values import Condition, Node, Some, Test


class PostgresNode(JsonNode):
    def __init__(self, json: ColumnElement[Any]) -> None:
        self.json = json
        self.type = func.jsonb_typeof(json)
        self.raw: ColumnElement[str] = json.op("#>>", precedence=15, return_type=Text())(literal_column("'{}'::text[]"))

    def text(self) -> ColumnElement[str]:
        return case((self.type == "string", self.raw))

    def number(self) -> ColumnElement[Any]:
        return case((self.type == "number", cast(self.raw, Numeric)))

    def boolean(self) -> Condition:
        return case((self.type == "boolean", self.raw == "true"))

    def exists(self) -> Condition:
        return self.type.is_not(None)

    def present(self) -> Condition:
        member = func.jsonb_each(self._object()).table_valued("key", "value").alias()
        full = exists(select(1).select_from(member).where(~_is_empty(member.c.value)).correlate_except(member))
        return or_(and_(self.type != "object", ~_is_empty(self.json)), full)

    def plain(self) -> Condition:
        return self.type.not_in(("object", "array", "null"))

    def get(self, name: str) -> JsonNode:
        return PostgresNode(self.json.op("->", precedence=15, return_type=JSONB())(literal(name, Text)))

    def items(self) -> Some:
        return self._rows(func.jsonb_array_elements(self._list()))

    def named(self, name: str) -> Some:
        return self._rows(func.jsonb_each(self._object()), name)

    def chosen(self) -> JsonNode:
        row = func.jsonb_array_elements(self._list()).table_valued("value", with_ordinality="place").render_derived()
        primary = func.coalesce(
            type_coerce(row.c.value, JSONB).op("->", precedence=15)(literal("primary", Text)) == _constant("true"), False
        )
        query = select(type_coerce(row.c.value, JSONB)).order_by(primary.desc(), row.c.place).limit(1)
        return PostgresNode(query.correlate_except(row).scalar_subquery())

    def pick(self, name: str) -> Node | None:
        whole = case((self.type == "object", self.json), else_=func.jsonb_build_object(literal("value", Text), self.json))
        row = func.jsonb_each(whole).table_valued("key", "value").alias()
        query = select(type_coerce(row.c.value, JSONB)).where(func.lower(row.c.key) == name.lower()).limit(1)
        return PostgresNode(query.correlate_except(row).scalar_subquery()).chosen()

    def _list(self) -> ColumnElement[Any]:
        single = (self.type != "null", func.jsonb_build_array(self.json))
        return case((self.type == "array", self.json), single, else_=_constant("[]"))

    def _object(self) -> ColumnElement[Any]:
        return case((self.type == "object", self.json), else_=_constant("{}"))

    def _rows(self, function: Any, name: str = "") -> Some:
        def some(test: Test) -> Condition:
            row = function.table_valued(*(("key",) if name else ()), "value").alias()
            named = (func.lower(row.c.key) == name.lower(),) if name else ()
            node = PostgresNode(type_coerce(row.c.value, JSONB))
            return exists(select(1).select_from(row).where(*named, test(node)).correlate_except(row))

        return some


def _is_empty(json: ColumnElement[Any]) -> Condition:
    return type_coerce(json, JSONB).in_([_constant(text) for text in ("null", '""', "[]", "{}")])


def _constant(json: str) -> ColumnElement[Any]:
    return literal_column(f"'{json}'::jsonb", JSONB)
