"""Turns a filter into a condition of SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import ge, gt, le, lt
from typing import Any, Protocol

from sqlalchemy import BigInteger, ColumnElement, Float, Text, and_, false, func, literal, not_, or_

from portal.domain.context import Context
from portal.models.base import UtcDateTime
from portal.scim.attributes import Attribute, ResourceType
from portal.scim.filters.grammar import parse_filter
from portal.scim.filters.match import type_of
from portal.scim.filters.narrow import candidates
from portal.scim.filters.nodes import And, Compare, Element, Filter, Literal, Not, Or, Path, Present
from portal.scim.filters.places import Places
from portal.scim.filters.rules import checked, refuse_hidden
from portal.scim.filters.sql import ordered, position
from portal.scim.filters.tokens import Malformed
from portal.scim.filters.values import Condition, Node, Some, every

_MILLISECOND = timedelta(milliseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)
_ORDER: dict[str, Callable[[Any, Any], Any]] = {"gt": gt, "ge": ge, "lt": lt, "le": le}


class _Scope(Protocol):
    """What paths of a filter begin at: the resource, or one value of an attribute."""

    def some(self, path: Path) -> Some: ...

    def attribute(self, path: Path) -> Attribute | None: ...


class _Resource:
    def __init__(self, places: Places) -> None:
        self._places = places
        self.some = places.some

    def attribute(self, path: Path) -> Attribute | None:
        return type_of(path, self._places.resource)


class _Value:
    def __init__(self, node: Node, kind: Attribute | None) -> None:
        self._node, self._kind = node, kind

    def some(self, path: Path) -> Some:
        member = self._node.member(path.name)
        return every(member, lambda node: node.member(path.sub)) if path.sub else member

    def attribute(self, path: Path) -> Attribute | None:
        return type_of(path, self._kind)


def read_filter(text: str, resource: ResourceType) -> Filter:
    """The filter that `text` means for resources of the type; raises Malformed (400 invalidFilter).

    Okta looks people up by what an admin named their unique identifier: `email eq "…"` means the addresses, or it would create them anew.
    """
    parsed = parse_filter(text, [resource.urn, *(extension.urn for extension in resource.extensions)])
    if isinstance(parsed, Compare) and str(parsed.path).lower() == "email" and parsed.op == "eq" and resource.find("emails"):
        return replace(parsed, path=replace(parsed.path, name="emails", sub="value"))
    return parsed


def compile_filter(parsed: Filter, resource: ResourceType, ctx: Context, base: str) -> ColumnElement[bool]:
    """The condition that rows of the resource's table meet when they satisfy the filter; `base` is what resources' addresses begin with.

    It says nothing about the workspace or removed members: the caller's query does. Raises Malformed (400 invalidFilter).
    """
    condition, narrow = _compile(parsed, _Resource(Places(ctx, resource, base))), candidates(parsed, resource, ctx)
    return condition if narrow is None else and_(narrow, condition)


def _compile(node: Filter, scope: _Scope) -> Condition:
    if isinstance(node, And):
        return and_(*(_compile(part, scope) for part in node.parts))
    if isinstance(node, Or):
        return or_(*(_compile(part, scope) for part in node.parts))
    if isinstance(node, Not):
        return _opposite(_compile(node.filter, scope))
    refuse_hidden(node.path)
    if isinstance(node, Element):
        inner, kind = node.filter, scope.attribute(node.path)
        return scope.some(node.path)(lambda value: _compile(inner, _Value(value, kind)))
    if isinstance(node, Present):
        return scope.some(node.path)(lambda value: value.present())
    return _comparison(node, scope)


def _comparison(node: Compare, scope: _Scope) -> Condition:
    if not node.path.name:
        raise Malformed(f"{node.path} is a schema: compare one of its attributes", node.path.at)
    attribute = scope.attribute(node.path)
    wanted, some = checked(node, attribute), scope.some(node.path)
    if wanted is None:
        present = some(lambda value: value.present())
        return present if node.op == "ne" else _opposite(present)
    exact = attribute is not None and (attribute.sub("value") or attribute).case_exact
    op = "eq" if node.op == "ne" else node.op
    values = some if attribute is not None and attribute.type != "complex" else every(some, lambda value: value.member("value"))
    holds = values(lambda value: _holds(value, op, wanted, exact))
    return _opposite(holds) if node.op == "ne" else holds


def _opposite(condition: Condition) -> Condition:
    """What is unknown to SQL, because there is no value, does not hold; so its opposite does."""
    return not_(func.coalesce(condition, false()))


def _holds(value: Node, op: str, wanted: Literal | datetime, exact: bool) -> Condition:
    if isinstance(wanted, str):
        return _text_holds(value, op, wanted, exact)
    if isinstance(wanted, bool):
        condition = value.boolean() if wanted else value.falsehood()
        return false() if condition is None else condition
    if isinstance(wanted, datetime):
        return _moment_holds(value.instant(), op, wanted)
    return _compared(value.number(), op, literal(wanted, Float() if isinstance(wanted, float) else BigInteger()))


def _compared(column: ColumnElement[Any] | None, op: str, wanted: ColumnElement[Any]) -> Condition:
    if column is None:
        return false()
    result: Condition = column == wanted if op == "eq" else _ORDER[op](column, wanted)
    return result


def _moment_holds(column: ColumnElement[Any] | None, op: str, wanted: datetime) -> Condition:
    """Compares as clients see moments, to the millisecond, although columns hold microseconds."""
    if column is None:
        return false()
    begin = wanted.replace(microsecond=wanted.microsecond // 1000 * 1000)
    end = begin + min(_MILLISECOND, _LAST - begin)
    if op == "eq":
        return and_(column >= _moment(begin), column < _moment(end)) if wanted == begin else false()
    if op in ("gt", "le"):
        return column >= _moment(end) if op == "gt" else column < _moment(end)
    edge = _moment(begin if wanted == begin else end)
    return column >= edge if op == "ge" else column < edge


def _moment(value: datetime) -> ColumnElement[datetime]:
    return literal(value, UtcDateTime())


def _text_holds(value: Node, op: str, wanted: str, exact: bool) -> Condition:
    text = value.text() if exact else value.folded()
    if text is None:
        return false()
    sought = literal(wanted, Text) if exact else value.fold_literal(wanted)
    if op == "co":
        return position(text, sought) > 0
    if op == "sw":
        return func.substr(text, 1, func.length(sought)) == sought
    if op == "ew":
        return func.substr(text, func.length(text) - func.length(sought) + 1) == sought
    if op == "eq":
        return text == sought
    return _compared(ordered(text), op, ordered(sought))
