"""The order of a list: sortBy and sortOrder of RFC 7644 §3.4.2.3, then by creation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Float, Text, and_, case, false, func, literal, not_, or_

from portal.models.base import UtcDateTime
from portal.scim.attributes import Attribute, ResourceType
from portal.scim.errors import InvalidPath, InvalidValue
from portal.scim.filters import Malformed, parse_path
from portal.scim.filters.match import type_of
from portal.scim.filters.nodes import Path
from portal.scim.filters.places import Places
from portal.scim.filters.rules import refuse_hidden
from portal.scim.filters.sql import ordered
from portal.scim.filters.values import Node

_ORDERS = {"ascending": False, "descending": True}
_NUMBERS = ("boolean", "integer", "decimal")


@dataclass(frozen=True)
class Order:
    """What a list is sorted by: expressions that are never NULL, all in one direction, and `seq` upwards where they are equal.

    The first of several says whether there is a value: those without come last when ascending and first when descending.
    """

    seq: ColumnElement[int]
    keys: tuple[ColumnElement[Any], ...] = ()
    descending: bool = False

    def clauses(self, *, backwards: bool = False) -> list[Any]:
        """For ORDER BY; `backwards` from the end to the beginning."""
        down = self.descending != backwards
        return [key.desc() if down else key.asc() for key in self.keys] + [self.seq.desc() if backwards else self.seq.asc()]

    def afterwards(self) -> Order:
        """The same order, in a form that no index has: a database without statistics would rather walk the whole list by it."""
        return replace(self, seq=self.seq + 0)

    def beyond(self, position: Sequence[Any], *, backwards: bool = False) -> ColumnElement[bool]:
        """The rows that follow the one whose keys and `seq` are `position`; `backwards` those before it."""
        *values, seq = position
        down = self.descending != backwards
        condition: ColumnElement[bool] = self.seq < seq if backwards else self.seq > seq
        for key, value in reversed(list(zip(self.keys, values, strict=True))):
            here = _bound(key, value)
            condition = or_(key < here if down else key > here, and_(key == here, condition))
        return condition


def order(resource: ResourceType, dialect: str, sort_by: str | None = None, sort_order: str | None = None) -> Order:
    """The order that a request asks for, that of creation when it names none; raises InvalidPath or InvalidValue."""
    seq = resource.model.seq
    descending = _ORDERS.get((sort_order or "ascending").strip().lower())
    if descending is None:
        raise InvalidValue("sortOrder is either “ascending” or “descending”.")
    if not sort_by:
        return Order(seq)  # type: ignore[arg-type]
    path = _path(sort_by, resource)
    attribute = type_of(path, resource)
    if attribute is not None and attribute.type == "complex" and attribute.sub("value") is None:
        raise InvalidPath(f"sortBy: {path} has parts: name one of them, like {path}.{attribute.sub_attributes[0].name}.")
    node = Places(resource, dialect).chosen(path)
    return Order(seq, _keys(node, attribute) if node else (), descending)  # type: ignore[arg-type]


def _path(sort_by: str, resource: ResourceType) -> Path:
    try:
        target = parse_path(sort_by, [item.urn for item in resource.extensions])
        refuse_hidden(target.path)
    except Malformed as error:
        raise InvalidPath(f"sortBy: {error}") from None
    if target.filter is not None or not target.path.name:
        raise InvalidPath("sortBy names an attribute, like userName or name.familyName.")
    return target.path


def _keys(node: Node, attribute: Attribute | None) -> tuple[ColumnElement[Any], ...]:
    """Whether there is no value, then the value as a number, then as text: those that the attribute's type can be."""
    kind = attribute and (attribute.sub("value") or attribute)
    if kind is not None and kind.type == "dateTime":
        moment = node.instant()
        return () if moment is None else (moment,)
    given: list[ColumnElement[bool]] = []
    keys: list[ColumnElement[Any]] = []
    number = _number(node, kind)
    if number is not None:
        given.append(number.is_not(None))
        keys.append(func.coalesce(number, literal(0.0, Float)))
    text = node.text() if kind is not None and kind.case_exact else node.folded()
    if text is not None and (kind is None or kind.type not in _NUMBERS):
        given.append(func.nullif(text, "").is_not(None))
        keys.append(ordered(func.coalesce(text, literal("", Text))))
    return (case((or_(false(), *given), 0), else_=1), *keys)


def _number(node: Node, kind: Attribute | None) -> ColumnElement[Any] | None:
    """Numbers as they are, false and true as 0 and 1."""
    if kind is not None and kind.type not in _NUMBERS:
        return None
    number, truth = node.number(), node.boolean()
    if truth is None:
        return number
    return case((truth, literal(1.0, Float)), (not_(truth), literal(0.0, Float)), else_=number)


def _bound(key: ColumnElement[Any], value: Any) -> ColumnElement[Any]:
    if isinstance(value, str) and not isinstance(key.type, UtcDateTime):
        return ordered(literal(value, Text))
    return literal(value, key.type)
