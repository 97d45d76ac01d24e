"""Values inside a JSON column, behind one face for SQLite's json functions and PostgreSQL's jsonb.

Every condition has to be safe in any order of evaluation: what would fail on a value of another type stands inside a CASE.
"""

from __future__ import annotations

from abc import abstractmethod

from sqlalchemy import and_, or_

from portal.scim.filters.values import Condition, Node, Some, every


class JsonNode(Node):
    """A value inside a JSON document; made by `places.document`."""

    @abstractmethod
    def get(self, name: str) -> JsonNode:
        """The member `name` of an object, written exactly so."""

    @abstractmethod
    def items(self) -> Some:
        """The elements of a list, or the value itself when it is none; nothing for null."""

    @abstractmethod
    def exists(self) -> Condition:
        """Whether there is a value, be it null."""

    @abstractmethod
    def chosen(self) -> JsonNode:
        """The primary element of a list, else its first one, or the value itself when it is no list."""

    @abstractmethod
    def plain(self) -> Condition:
        """Whether the value is neither object, list nor null."""

    @abstractmethod
    def named(self, name: str) -> Some:
        """The members of an object with this name in any letter case, lists in one piece; each a JsonNode."""

    def member(self, name: str) -> Some:
        """The values of the member `name`, in any letter case, one by one."""
        inside: Some = every(self.named(name), _items)
        if name.lower() != "value":
            return inside
        return lambda test: or_(and_(self.plain(), test(self)), inside(test))


def _items(node: Node) -> Some:
    assert isinstance(node, JsonNode)  # noqa: S101 - the nodes of `named` are
    return node.items()
