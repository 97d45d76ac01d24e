"""JSON in a text column of SQLite."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Float, Text, and_, case, exists, func, or_, select, type_coerce

from portal.scim.filters.documents import JsonNode
from portal.scim.filters.sql import json_at
from portal.scim.filters.values import Condition, Node, Some, Test


class SqliteNode(JsonNode):
    """`json` is the value as JSON text, `type` what json_type says of it, `value` the SQL value of a plain one."""

    def __init__(self, json: ColumnElement[str], type_: ColumnElement[str] | None = None, value: ColumnElement[Any] | None = None) -> None:
        self.json = json
        self.type = func.json_type(json) if type_ is None else type_
        self.value = func.json_extract(json, "$") if value is None else value

    def text(self) -> ColumnElement[str]:
        return type_coerce(case((self.type == "text", self.value)), Text)

    def number(self) -> ColumnElement[Any]:
        return type_coerce(case((self.type.in_(("integer", "real")), self.value)), Float)

    def boolean(self) -> Condition:
        return type_coerce(case((self.type.in_(("true", "false")), self.type == "true")), Boolean)

    def exists(self) -> Condition:
        return self.type.is_not(None)

    def present(self) -> Condition:
        member = func.json_each(case((self.type == "object", self.json))).table_valued("type", "value").alias()
        empty = or_(
            member.c.type == "null",
            and_(member.c.type == "text", member.c.value == ""),
            and_(member.c.type.in_(("array", "object")), member.c.value.in_(("[]", "{}"))),
        )
        full = exists(select(1).select_from(member).where(~empty).correlate_except(member))
        return or_(and_(self.plain(), or_(self.type != "text", self.value != "")), and_(self.type == "array", self.json != "[]"), full)

    def plain(self) -> Condition:
        return self.type.not_in(("object", "array", "null"))

    def get(self, name: str) -> JsonNode:
        path = f'$."{name}"'
        return SqliteNode(json_at(self.json, path), func.json_type(self.json, path), func.json_extract(self.json, path))

    def items(self) -> Some:
        return self._rows(self._list())

    def named(self, name: str) -> Some:
        return self._rows(case((self.type == "object", self.json)), name)

    def chosen(self) -> JsonNode:
        row = func.json_each(self._list()).table_valued("key", "type", "value", "fullkey").alias()
        primary = case((row.c.type == "object", func.json_type(row.c.value, "$.primary") == "true"), else_=False)
        query = select(json_at(self._list(), row.c.fullkey)).order_by(primary.desc(), row.c.key).limit(1)
        return SqliteNode(query.correlate_except(row).scalar_subquery())

    def pick(self, name: str) -> Node | None:
        whole = case((self.type == "object", self.json), else_=func.json_object("value", func.json(self.json)))
        row = func.json_each(whole).table_valued("key", "fullkey").alias()
        query = select(json_at(whole, row.c.fullkey)).where(func.lower(row.c.key) == name.lower()).limit(1)
        return SqliteNode(query.correlate_except(row).scalar_subquery()).chosen()

    def _list(self) -> ColumnElement[str]:
        return type_coerce(case((self.type == "array", self.json), (self.type != "null", "[" + self.json + "]")), Text)

    def _rows(self, json: ColumnElement[str], name: str = "") -> Some:
        def some(test: Test) -> Condition:
            each = func.json_each(json).table_valued("key", "type", "atom", "fullkey").alias()
            wanted = select(each.c.type, each.c.atom, json_at(json, each.c.fullkey).label("json"))
            if name:
                wanted = wanted.where(func.lower(each.c.key) == name.lower())
            row = wanted.correlate_except(each).subquery()
            node = SqliteNode(row.c.json, row.c.type, row.c.atom)
            return exists(select(1).select_from(row).where(test(node)).correlate_except(row))

        return some
