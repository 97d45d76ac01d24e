"""Turns the form of a filter into a condition of SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, false, func, not_, or_

from portal.scim.attributes import Attribute, ResourceType
from portal.scim.filters.given import Given
from portal.scim.filters.grammar import parse_filter
from portal.scim.filters.match import type_of
from portal.scim.filters.narrow import candidates
from portal.scim.filters.nodes import And, Compare, Element, Filter, Literal, Not, Or, Path, Present
from portal.scim.filters.places import Places
from portal.scim.filters.sql import ordered, position
from portal.scim.filters.values import Condition, Node, Some, every

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


def compile_filter(form: Filter, resource: ResourceType, dialect: str) -> ColumnElement[bool]:
    """The condition that rows of the resource's table meet when they satisfy a filter of this form; its values are parameters.

    It says nothing about the workspace or removed members: the caller's query does.
    """
    condition, narrow = _compile(form, _Resource(Places(resource, dialect))), candidates(form, resource)
    return condition if narrow is None else and_(narrow, condition)


def _compile(node: Filter, scope: _Scope) -> Condition:
    if isinstance(node, And):
        return and_(*(_compile(part, scope) for part in node.parts))
    if isinstance(node, Or):
        return or_(*(_compile(part, scope) for part in node.parts))
    if isinstance(node, Not):
        return _opposite(_compile(node.filter, scope))
    if isinstance(node, Element):
        inner, kind = node.filter, scope.attribute(node.path)
        return scope.some(node.path)(lambda value: _compile(inner, _Value(value, kind)))
    if isinstance(node, Present):
        return scope.some(node.path)(lambda value: value.present())
    return _comparison(node, scope)


def _comparison(node: Compare, scope: _Scope) -> Condition:
    attribute, some = scope.attribute(node.path), scope.some(node.path)
    wanted = node.value
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


def _holds(value: Node, op: str, wanted: Literal, exact: bool) -> Condition:
    if not isinstance(wanted, Given):
        condition = value.boolean() if wanted else value.falsehood()
        return false() if condition is None else condition
    if wanted.type is str:
        return _text_holds(value, op, wanted, exact)
    if wanted.type is datetime:
        return _moment_holds(value.instant(), op, wanted)
    return _compared(value.number(), op, wanted.amount())


def _compared(column: ColumnElement[Any] | None, op: str, wanted: ColumnElement[Any]) -> Condition:
    if column is None:
        return false()
    result: Condition = column == wanted if op == "eq" else _ORDER[op](column, wanted)
    return result


def _moment_holds(column: ColumnElement[Any] | None, op: str, wanted: Given) -> Condition:
    if column is None:
        return false()
    begin, end = wanted.moments()
    if op == "eq":
        return and_(column >= begin, column < end)
    if op in ("gt", "le"):
        return column >= end if op == "gt" else column < end
    return column >= begin if op == "ge" else column < begin


def _text_holds(value: Node, op: str, wanted: Given, exact: bool) -> Condition:
    text = value.text() if exact else value.folded()
    if text is None:
        return false()
    sought = wanted.text() if exact else value.fold_given(wanted)
    if op == "co":
        return position(text, sought) > 0
    if op == "sw":
        return func.substr(text, 1, func.length(sought)) == sought
    if op == "ew":
        return func.substr(text, func.length(text) - func.length(sought) + 1) == sought
    if op == "eq":
        return text == sought
    return _compared(ordered(text), op, ordered(sought))
