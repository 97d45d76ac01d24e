"""JSON in a text column of SQLite."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Float, FromClause, Select, Text, and_, case, exists, func, or_, select, type_coerce

from portal.scim.filters.documents import JsonNode, keys_of
from portal.scim.filters.sql import json_at
from portal.scim.filters.values import Condition, Some


class SqliteNode(JsonNode):
    """`json` is the value as JSON text, `kind` what json_type says of it, `value` the SQL value of a plain one."""

    def __init__(self, json: ColumnElement[str], kind: ColumnElement[str] | None = None, value: ColumnElement[Any] | None = None) -> None:
        self.json = json
        self.kind = func.json_type(json) if kind is None else kind
        self.value = func.json_extract(json, "$") if value is None else value

    def text(self) -> ColumnElement[str] | None:
        """The value as text."""
        return type_coerce(case((self.kind == "text", self.value)), Text)

    def number(self) -> ColumnElement[Any] | None:
        """The value as a number."""
        return type_coerce(case((self.kind.in_(("integer", "real")), self.value)), Float)

    def truth(self) -> Condition:
        """The value as true or false."""
        return type_coerce(case((self.kind.in_(("true", "false")), self.kind == "true")), Boolean)

    def present(self) -> Condition:
        """Whether the value is neither null nor empty."""
        member = func.json_each(case((self.kind == "object", self.json))).table_valued("type", "value").alias()
        empty = or_(
            member.c.type == "null",
            and_(member.c.type == "text", member.c.value == ""),
            and_(member.c.type.in_(("array", "object")), member.c.value.in_(("[]", "{}"))),
        )
        full = exists(select(1).select_from(member).where(~empty).correlate_except(member))
        return or_(and_(self.plain(), or_(self.kind != "text", self.value != "")), and_(self.kind == "array", self.json != "[]"), full)

    def plain(self) -> Condition:
        """Whether the value is neither object, list nor null."""
        return self.kind.not_in(("object", "array", "null"))

    def exists(self) -> Condition:
        """Whether there is a value, be it null."""
        return self.kind.is_not(None)

    def is_null(self) -> Condition:
        """Whether there is a null."""
        return self.kind == "null"

    def get(self, name: str) -> JsonNode:
        """The member `name` of an object."""
        path = f'$."{name}"'
        return SqliteNode(json_at(self.json, path), func.json_type(self.json, path), func.json_extract(self.json, path))

    def elements(self) -> Select[Any]:
        """Rows of json_each over the list, or over a list made of the value."""
        single = "[" + self.json + "]"
        return _rows(type_coerce(case((self.kind == "array", self.json), (self.kind != "null", single)), Text))

    def named(self, name: str) -> Select[Any]:
        """Rows of json_each over the object."""
        return _rows(type_coerce(case((self.kind == "object", self.json)), Text), name)

    def keys(self, prefix: str) -> Some:
        """Rows of json_each over the object, by key."""
        return keys_of(func.json_each(case((self.kind == "object", self.json))), prefix)

    def of(self, row: FromClause) -> JsonNode:
        """The value in such a row."""
        return SqliteNode(row.c.json, row.c.kind, row.c.atom)


def _rows(json: ColumnElement[str], name: str = "") -> Select[Any]:
    each = func.json_each(json).table_valued("key", "type", "atom", "fullkey").alias()
    columns = (each.c.type.label("kind"), each.c.atom, json_at(json, each.c.fullkey).label("json"), each.c.key.label("place"))
    rows = select(*columns).correlate_except(each)
    return rows.where(func.lower(each.c.key) == name.lower()) if name else rows
