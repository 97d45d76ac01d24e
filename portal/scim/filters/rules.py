"""What each operator means for each type of value (RFC 7644 §3.4.2.2, Table 3): one set of rules for SQL and for Python.

`ne` is the opposite of `eq`: true when no value equals. A filter that asks for what a type cannot do is refused, not answered with nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from portal.scim.attributes import Attribute
from portal.scim.filters.nodes import CONTAININGS, ORDERINGS, Compare, Literal, Path
from portal.scim.filters.tokens import Malformed

_BOOLEANS = {"true": True, "false": False}
_NUMERIC = ("integer", "decimal")
_UNORDERED = ("boolean", "binary")


def checked(node: Compare, attribute: Attribute | None) -> Literal | datetime:
    """The value to compare with, in the attribute's type; raises Malformed. An attribute that is None may hold any type."""
    if node.value is None:
        if node.op not in ("eq", "ne"):
            raise Malformed(f"null can be compared by eq and ne only, not by {node.op}", node.at)
        return None
    if attribute is None:
        return _for_any_type(node)
    if attribute.type == "complex":
        attribute = attribute.sub("value") or _refuse_complex(node, attribute)
    if attribute.type in _UNORDERED and node.op in ORDERINGS:
        raise Malformed(f"{node.path} is of type {attribute.type}, which has no order: {node.op} cannot be used", node.path.at)
    if attribute.type in ("dateTime", "binary", "boolean", *_NUMERIC) and node.op in CONTAININGS:
        raise Malformed(f"{node.path} is of type {attribute.type}: {node.op} is for text", node.path.at)
    return _in_type(node, attribute.type)


def refuse_hidden(path: Path) -> None:
    """Raises Malformed for what nobody may search by."""
    if path.name.lower() == "password":
        raise Malformed("Nobody can search by password", path.at)


def instant(text: str, at: int) -> datetime:
    """The moment an xsd:dateTime means, UTC when it names no zone; raises Malformed."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(f"“{text[:40]}” is not a date and time like 2026-01-31T12:00:00Z", at) from None


def is_present(value: Any) -> bool:
    """Whether `pr` holds for one value: it is neither null nor empty, and an object has a member that is not."""
    if isinstance(value, dict):
        return any(not _is_empty(item) for item in value.values())
    return not _is_empty(value)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _for_any_type(node: Compare) -> Literal:
    if isinstance(node.value, bool) and node.op in ORDERINGS:
        raise Malformed(f"true and false have no order: {node.op} cannot be used", node.at)
    if not isinstance(node.value, str) and node.op in CONTAININGS:
        raise Malformed(f"{node.op} is for text between double quotes", node.at)
    return node.value


def _in_type(node: Compare, type_: str) -> Literal | datetime:
    value = node.value
    if type_ == "boolean":
        if isinstance(value, str):
            value = _BOOLEANS.get(value.lower(), value)
        if not isinstance(value, bool):
            raise Malformed(f"{node.path} is true or false: compare it with one of these", node.at)
        return value
    if type_ in _NUMERIC:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Malformed(f"{node.path} is a number: compare it with one, without quotes", node.at)
        return value
    if not isinstance(value, str):
        raise Malformed(f"{node.path} is text: put what to compare it with between double quotes", node.at)
    return instant(value, node.at) if type_ == "dateTime" else value


def _refuse_complex(node: Compare, attribute: Attribute) -> Attribute:
    first = next((sub.name for sub in attribute.sub_attributes), "value")
    raise Malformed(f"{node.path} has parts: name one of them, like {attribute.name}.{first}", node.path.at)
