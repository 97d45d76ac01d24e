"""Values as a query sees them: what a column, a row or a constant is to a filter and to a sort.

A *node* stands for one value. A *some* says of a test that it holds for at least one of several nodes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy import ColumnElement, SQLColumnExpression, Text, and_, false, literal, not_, or_

from portal.scim.filters.given import Given
from portal.scim.filters.sql import fold

Condition = ColumnElement[bool]
Test = Callable[["Node"], Condition]
Some = Callable[[Test], Condition]


class Node(ABC):
    """One value; what asks for a type it cannot have gives None, and SQL that meets another type at run time gives NULL or false."""

    def text(self) -> ColumnElement[str] | None:
        """The value as text."""
        return None

    def folded(self) -> ColumnElement[str] | None:
        """The value as folded text."""
        text = self.text()
        return None if text is None else fold(text)

    def fold_given(self, wanted: Given) -> ColumnElement[str]:
        """The text to compare with `folded`."""
        return fold(wanted.text())

    def number(self) -> ColumnElement[Any] | None:
        """The value as a number."""
        return None

    def boolean(self) -> Condition | None:
        """The value as true or false."""
        return None

    def falsehood(self) -> Condition | None:
        """Whether the value is false."""
        condition = self.boolean()
        return None if condition is None else not_(condition)

    def instant(self) -> ColumnElement[Any] | None:
        """The value as a moment."""
        return None

    @abstractmethod
    def present(self) -> Condition:
        """Whether the value is neither null nor empty."""

    def member(self, name: str) -> Some:
        """The values of the member `name` in any letter case; a plain value is its own member `value`."""
        return itself(self) if name.lower() == "value" else nothing

    def pick(self, name: str) -> Node | None:
        """The one value of the member `name` that sorting goes by."""
        return self if name.lower() == "value" else None


def itself(node: Node) -> Some:
    """The node alone."""
    return lambda test: test(node)


def nothing(_test: Test) -> Condition:
    """No node at all."""
    return false()


def either(*several: Some) -> Some:
    """All the nodes of several."""
    return lambda test: or_(false(), *(some(test) for some in several))


def every(some: Some, then: Callable[[Node], Some]) -> Some:
    """The nodes that `then` finds from each of `some`."""
    return lambda test: some(lambda node: then(node)(test))


def when(condition: Condition, some: Some) -> Some:
    """The nodes of `some` in rows where the condition holds."""
    return lambda test: and_(condition, some(test))


def present(node: Node) -> Some:
    """The node in rows where it has a value."""
    return when(node.present(), itself(node))


class TextNode(Node):
    """Text in a column or an expression; `folded` is the column that holds it folded by Python, if there is one."""

    def __init__(self, column: SQLColumnExpression[Any], folded: SQLColumnExpression[Any] | None = None) -> None:
        self._column = cast("ColumnElement[Any]", column)
        self._folded = cast("ColumnElement[Any] | None", folded)

    def text(self) -> ColumnElement[str] | None:
        """The column."""
        return self._column

    def folded(self) -> ColumnElement[str] | None:
        """The folded column, else one made by SQL."""
        return fold(self._column) if self._folded is None else self._folded

    def fold_given(self, wanted: Given) -> ColumnElement[str]:
        """Folded by the same hand as `folded`."""
        return super().fold_given(wanted) if self._folded is None else wanted.folded()

    def present(self) -> Condition:
        """Empty text is no value."""
        return and_(self._column.is_not(None), self._column != "")


class InstantNode(Node):
    """A moment in a column."""

    def __init__(self, column: ColumnElement[Any]) -> None:
        self._column = column

    def instant(self) -> ColumnElement[Any] | None:
        """The column."""
        return self._column

    def present(self) -> Condition:
        """Whether there is one."""
        return self._column.is_not(None)


class BooleanNode(Node):
    """A condition on the row, or NULL; `opposite` says when it is false, where an index knows that better."""

    def __init__(self, condition: Condition, opposite: Condition | None = None) -> None:
        self._condition, self._opposite = condition, opposite

    def boolean(self) -> Condition | None:
        """The condition."""
        return self._condition

    def falsehood(self) -> Condition | None:
        """When it is false."""
        return super().falsehood() if self._opposite is None else self._opposite

    def present(self) -> Condition:
        """Whether it is known: false is a value too."""
        return self._condition.is_not(None)


class ObjectNode(Node):
    """A complex value whose members are known; `rest` finds those that are not."""

    def __init__(self, members: Mapping[str, Node], rest: Node | None = None) -> None:
        self._members = {name.lower(): node for name, node in members.items()}
        self._rest = rest

    def present(self) -> Condition:
        """Whether a member is present."""
        parts = [node.present() for node in self._members.values()]
        return or_(false(), *parts, *([self._rest.present()] if self._rest else []))

    def member(self, name: str) -> Some:
        """The known member, else the one that `rest` has."""
        known = self._members.get(name.lower())
        if known is not None:
            return present(known)
        return self._rest.member(name) if self._rest else nothing

    def pick(self, name: str) -> Node | None:
        """The same, as one value."""
        known = self._members.get(name.lower())
        return known if known is not None or self._rest is None else self._rest.pick(name)


def constant(text: str) -> Node:
    """A text that is the same in every row."""
    return TextNode(literal(text, Text))
