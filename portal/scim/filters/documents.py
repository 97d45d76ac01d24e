"""Values inside a JSON column, behind one face for SQLite's json functions and PostgreSQL's jsonb.

Every condition has to be safe in any order of evaluation: what would fail on a value of another type stands inside a CASE.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.sql.functions import FunctionElement

from portal.scim.attributes import Attribute
from portal.scim.filters.sql import word
from portal.scim.filters.values import Condition, Node, Some, Test, TextNode, itself


class JsonNode(Node):
    """A value inside a JSON document."""

    @abstractmethod
    def of(self, row: FromClause) -> JsonNode:
        """The value in a row of `elements` or `named`."""

    @abstractmethod
    def get(self, name: str) -> JsonNode:
        """The member `name` of an object, written exactly so."""

    @abstractmethod
    def elements(self) -> Select[Any]:
        """The elements of a list, their `place` in it, or the value itself when it is none; nothing for null."""

    @abstractmethod
    def named(self, name: str) -> Select[Any]:
        """The members of an object with this name in any letter case."""

    @abstractmethod
    def keys(self, prefix: str) -> Some:
        """The names of an object's members that begin with `prefix`, in any letter case."""

    @abstractmethod
    def exists(self) -> Condition:
        """Whether there is a value, be it null."""

    @abstractmethod
    def is_null(self) -> Condition:
        """Whether there is a null."""

    @abstractmethod
    def plain(self) -> Condition:
        """Whether the value is neither object, list nor null."""

    @abstractmethod
    def truth(self) -> Condition:
        """The value as true or false."""

    def boolean(self) -> Condition | None:
        """The same."""
        return self.truth()

    def items(self) -> Some:
        """Each element of a list, or the value itself."""
        return self._some(self.elements(), lambda node, test: test(node))

    def objects(self, name: str) -> Some:
        """The members of an object with this name in any letter case, lists in one piece."""
        return self._some(self.named(name), lambda node, test: test(node))

    def member(self, name: str) -> Some:
        """The values of the member `name`, in any letter case, one by one."""
        inside = self._some(self.named(name), lambda node, test: node.items()(test))
        if name.lower() != "value":
            return inside
        return lambda test: or_(and_(self.plain(), test(self)), inside(test))

    def pick(self, name: str) -> Node | None:
        """The one value of the member `name`, written exactly so, that sorting goes by."""
        return Chosen(self.get(name))

    def _some(self, rows: Select[Any], holds: Callable[[JsonNode, Test], Condition]) -> Some:
        def some(test: Test) -> Condition:
            row = rows.subquery()
            return exists(select(1).select_from(row).where(holds(self.of(row), test)).correlate_except(row))

        return some


def keys_of(each: FunctionElement[Any], prefix: str) -> Some:
    """The keys that begin with `prefix` among the rows of a function that takes an object apart."""

    def some(test: Test) -> Condition:
        row = each.table_valued("key", "value").alias()
        fits = func.substr(func.lower(row.c.key), 1, len(prefix)) == prefix
        return exists(select(1).select_from(row).where(fits, test(TextNode(row.c.key))).correlate_except(row))

    return some


class KnownNode(Node):
    """A value of a modelled complex attribute: its modelled members stand under the names of the table."""

    def __init__(self, value: JsonNode, kind: Attribute) -> None:
        self.value, self._kind = value, kind

    def present(self) -> Condition:
        """Whether the value is neither null nor empty."""
        return self.value.present()

    def member(self, name: str) -> Some:
        """The values of the member `name`; a plain value is its own `value`."""
        sub = self._kind.sub(name)
        if sub is None:
            return self.value.member(name)
        inside = self.value.get(sub.name)
        if sub.name != "value":
            return itself(inside)
        return lambda test: or_(and_(self.value.plain(), test(self.value)), test(inside))


class Chosen(Node):
    """The primary element of a list, else its first one, or the value itself when it is no list; or the member `name` of that."""

    def __init__(self, values: JsonNode, name: str = "") -> None:
        self._values, self._name = values, name

    def text(self) -> ColumnElement[str] | None:
        """The value as text."""
        return self._read(lambda node: node.text())

    def number(self) -> ColumnElement[Any] | None:
        """The value as a number."""
        return self._read(lambda node: node.number())

    def boolean(self) -> Condition | None:
        """The value as true or false."""
        return self._read(lambda node: node.truth())

    def present(self) -> Condition:
        """Whether the value is neither null nor empty."""
        return self._read(lambda node: node.present())

    def pick(self, name: str) -> Node | None:
        """Its member `name`; a plain value is its own `value`."""
        return Chosen(self._values, name)

    def _read(self, read: Callable[[JsonNode], Any]) -> ColumnElement[Any]:
        row = self._values.elements().subquery()
        node = self._values.of(row)
        value = read(node.get(self._name)) if self._name else read(node)
        if self._name.lower() == "value":
            value = case((node.plain(), read(node)), else_=value)
        return select(value).order_by(*self._order(row, node)).limit(1).correlate_except(row).scalar_subquery()

    def _order(self, row: FromClause, node: JsonNode) -> list[Any]:
        return [func.coalesce(node.get("primary").truth(), false()).desc(), row.c.place]


class Spoken(Chosen):
    """The element whose text counts (see `plural.text`): the primary one, else the first, of those that have a text."""

    def said(self) -> ColumnElement[str]:
        """That text; NULL when there is none."""
        return self._read(said)

    def pick(self, name: str) -> Node | None:
        """Its member `name`; a plain value is its own `value`."""
        return Spoken(self._values, name)

    def _order(self, row: FromClause, node: JsonNode) -> list[Any]:
        speaks = said(node).is_not(None)
        primary = func.coalesce(node.get("primary").truth(), false())
        return [and_(primary, speaks).desc(), speaks.desc(), row.c.place]


def said(node: JsonNode) -> ColumnElement[str]:
    """The text of one element in any form: a plain one's own, an object's `value` or else its `display`; NULL when it is blank."""
    return first_said(node.text(), node.get("value").text(), node.get("display").text())


def first_said(*texts: ColumnElement[str] | None) -> ColumnElement[str]:
    """The first of the texts that is not blank; NULL when all are."""
    return func.coalesce(*(case((func.trim(text) != word(""), text)) for text in texts))
