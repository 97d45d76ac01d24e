"""Tries a filter on one value in Python: PATCH's value paths, and the yardstick of the tests for what SQL finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any

from portal.domain.texts import fold
from portal.scim.attributes import Attribute, ResourceType
from portal.scim.filters.nodes import And, Compare, Element, Filter, Literal, Not, Or, Path, Present
from portal.scim.filters.rules import checked, instant, is_present, refuse_hidden
from portal.scim.filters.tokens import Malformed

_ORDER: dict[str, Callable[[Any, Any], bool]] = {"gt": gt, "ge": ge, "lt": lt, "le": le}


def matches(node: Filter, value: Any, kind: Attribute | ResourceType | None = None) -> bool:
    """Whether `value`, one value of the attribute `kind` or a whole resource of this type, satisfies the filter; raises Malformed."""
    if isinstance(node, And):
        return all(matches(part, value, kind) for part in node.parts)
    if isinstance(node, Or):
        return any(matches(part, value, kind) for part in node.parts)
    if isinstance(node, Not):
        return not matches(node.filter, value, kind)
    refuse_hidden(node.path)
    attribute = type_of(node.path, kind)
    if isinstance(node, Element):
        return any(matches(node.filter, item, attribute) for item in _values(node.path, value, kind))
    if isinstance(node, Present):
        return any(is_present(item) for item in _values(node.path, value, kind))
    return _compares(node, value, kind, attribute)


def type_of(path: Path, kind: Attribute | ResourceType | None) -> Attribute | None:
    """The attribute that `path` names below `kind`, or None when it is not modelled."""
    if isinstance(kind, ResourceType):
        found = kind.find(str(path))
        return found.attribute if found else None
    return None if kind is None or path.sub or path.urn else kind.sub(path.name)


def _compares(node: Compare, value: Any, kind: Attribute | ResourceType | None, attribute: Attribute | None) -> bool:
    if not node.path.name:
        raise Malformed(f"{node.path} is a schema: compare one of its attributes", node.path.at)
    wanted = checked(node, attribute)
    items = list(_values(node.path, value, kind))
    if wanted is None:
        return any(map(is_present, items)) == (node.op == "ne")
    exact = attribute is not None and (attribute.sub("value") or attribute).case_exact
    op = "eq" if node.op == "ne" else node.op
    holds = any(_holds(scalar, op, wanted, exact) for item in items for scalar in _scalars(item))
    return holds != (node.op == "ne")


def _holds(value: Any, op: str, wanted: Literal | datetime, exact: bool) -> bool:
    if isinstance(wanted, datetime):
        value = instant(value, 1) if isinstance(value, str) else None
    if isinstance(value, str) and isinstance(wanted, str):
        return _text_holds(value if exact else fold(value), op, wanted if exact else fold(wanted))
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, int | float) != isinstance(wanted, int | float) or value is None or type(value) in (str, list, dict):
        return False
    return bool(value == wanted if op == "eq" else _ORDER[op](value, wanted))


def _text_holds(value: str, op: str, wanted: str) -> bool:
    if op == "co":
        return wanted in value
    if op == "sw":
        return value.startswith(wanted)
    if op == "ew":
        return value.endswith(wanted)
    return value == wanted if op == "eq" else _ORDER[op](value, wanted)


def _values(path: Path, value: Any, kind: Attribute | ResourceType | None) -> Iterator[Any]:
    """Every value of `path` below `value`; a plain value counts as an object with that `value` (RFC 7643 §2.4)."""
    if not path.urn or (isinstance(kind, ResourceType) and path.urn.lower() == kind.urn.lower()):
        items = _member(value, path.name) if path.name else iter([value])
    else:
        items = _in_extension(path, value)
    for item in items:
        yield from _member(item, path.sub) if path.sub else [item]


def _in_extension(path: Path, value: Any) -> Iterator[Any]:
    """What follows the last colon of a URN is an attribute; of a schema that is not modelled it may be the end of its name, too."""
    section: Any = next(_member(value, path.urn), {})
    yield from _member(section, path.name) if path.name else [section]
    yield from _member(value, f"{path.urn}:{path.name}")


def _member(value: Any, name: str) -> Iterator[Any]:
    if not isinstance(value, dict):
        if name.lower() == "value" and not isinstance(value, list):
            yield value
        return
    for key, member in value.items():
        if key.lower() == name.lower():
            yield from member if isinstance(member, list) else [member] if member is not None else []


def _scalars(value: Any) -> Iterator[Any]:
    yield from _member(value, "value") if isinstance(value, dict) else [value]
