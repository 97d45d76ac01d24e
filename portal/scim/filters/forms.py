"""Splits a filter into its form, by which a statement is made and kept, and the values that the statement is given.

`userName eq "ada"` and `userName eq "bob"` have one form. Null, true and false stay in it: a statement looks different for them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portal.scim.attributes import Attribute, ResourceType
from portal.scim.filters.given import Given, Value, parameters
from portal.scim.filters.match import type_of
from portal.scim.filters.nodes import And, Compare, Element, Filter, Not, Or, Present
from portal.scim.filters.rules import checked, refuse_hidden
from portal.scim.filters.tokens import Malformed


def split(parsed: Filter, resource: ResourceType) -> tuple[Filter, dict[str, Any]]:
    """The filter's form, and its values as parameters; raises Malformed (400 invalidFilter) for what it cannot ask of such resources."""
    values: list[Value] = []
    form = _form(parsed, resource, values)
    return form, parameters(values)


def _form(node: Filter, kind: Attribute | ResourceType | None, values: list[Value]) -> Filter:
    if isinstance(node, And | Or):
        return replace(node, parts=tuple(_form(part, kind, values) for part in node.parts))
    if isinstance(node, Not):
        return Not(_form(node.filter, kind, values))
    refuse_hidden(node.path)
    if isinstance(node, Present):
        return node
    attribute = type_of(node.path, kind)
    if isinstance(node, Element):
        return replace(node, filter=_form(node.filter, attribute, values))
    return replace(node, value=_value(node, attribute, values))


def _value(node: Compare, attribute: Attribute | None, values: list[Value]) -> Given | bool | None:
    if not node.path.name:
        raise Malformed(f"{node.path} is a schema: compare one of its attributes", node.path.at)
    wanted = checked(node, attribute)
    if wanted is None or isinstance(wanted, bool | Given):
        return wanted
    values.append(wanted)
    return Given.of(wanted, len(values) - 1)
